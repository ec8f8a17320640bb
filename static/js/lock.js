// The lock: a page that nobody touches for as long as was chosen is shut, also while it is not in sight. The server
// asks for the PIN by its own clock; this is for the page that stays open.
(() => {
  const { dataset: { lock, user } } = document.body;
  const after = lock * 1000;
  const shut = document.getElementById("shutting").content.firstElementChild; // stands in the page only while it is shut
  const said = shut.querySelector("#shut-said");
  const post = (path, fields) => fetch(path, {
    method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(fields), keepalive: true,
  });
  const rest = [...document.body.children, document.querySelector(".you")].filter((one) => one && !one.matches(".top"));
  const tell = (more) => navigator.serviceWorker?.controller?.postMessage({ do: "here", ...more });
  let at = Date.now();
  let told = at;
  let isShut = false;
  let locking = null; // whoever is quick with the PIN must not be overtaken by the lock

  const close = async () => {
    isShut = true;
    const keeps = self.cairn.typed();
    if (keeps) {
      document.activeElement?.blur();
      for (const one of rest) {
        one.dataset.was = one.hidden ? "hidden" : "";
        one.inert = one.hidden = true;
      }
      document.body.append(shut);
      scrollTo(0, 0);
    } else document.documentElement.hidden = true;
    await (locking = post("/lock", {}).catch(() => {}));
    if (!keeps) location.replace(`/unlock?${new URLSearchParams({ next: location.pathname + location.search })}`);
  };
  const open = () => {
    isShut = false;
    at = told = Date.now();
    tell({ unlocked: true });
    shut.remove();
    for (const one of rest) [one.inert, one.hidden] = [false, one.dataset.was === "hidden"];
  };
  const look = () => { if (!isShut && Date.now() - at >= after) close(); };
  const here = () => {
    look();
    if (isShut) return;
    at = Date.now();
    if (at - told < 20e3) return;
    told = at;
    tell();
  };
  for (const name of ["pointerdown", "keydown", "scroll"]) addEventListener(name, here, { capture: true, passive: true });
  for (const name of ["pageshow", "focus"]) addEventListener(name, look);
  document.addEventListener("visibilitychange", look);
  setInterval(look, 5000);

  shut.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    const pin = event.target.elements.pin;
    said.hidden = true;
    await locking;
    try {
      const answer = await post("/unlock", { pin: pin.value });
      const { ok, said: words, user: who } = await answer.json();
      pin.value = "";
      if (ok && who === user) return open();
      if (ok || answer.status === 401) return location.replace("/");
      said.textContent = words;
    } catch {
      said.textContent = shut.dataset.offline;
    }
    said.hidden = false;
    pin.focus();
  });
})();
