// Cairn on the home screen: one quiet line on Today, and the page that says how. Asked of a browser that can, not
// where it stands already or the phone is borrowed, and never again after a second "not now".
(() => {
  const page = document.getElementById("install-page");
  const hint = page ? null : document.getElementById("install");
  const within = page ?? hint;
  if (!within) return;
  const show = (when) => within.querySelectorAll("[data-when]").forEach((one) => { one.hidden = one.dataset.when !== when; });
  const there = navigator.standalone || matchMedia("(display-mode: standalone)").matches;
  if (there && page) show("there");
  if (there || "borrowed" in document.body.dataset) return;

  const AGAIN = 14 * 24 * 3600e3; // after the first "not now"
  const MOST = 2;
  const kept = () => {
    try {
      return JSON.parse(localStorage.getItem("cairn.install")) ?? { no: 0, at: 0 };
    } catch {
      return { no: MOST }; // storage is blocked: it would ask each time
    }
  };
  const keep = (no) => {
    try {
      localStorage.setItem("cairn.install", JSON.stringify({ no, at: Date.now() }));
    } catch { /* it was not shown */ }
  };
  const { no, at } = kept();
  const may = page || (no < MOST && (!no || Date.now() - at > AGAIN));
  const notNow = () => {
    keep(no + 1);
    within.hidden = true;
  };
  if (!may) return;
  hint?.querySelector("[data-not-now]").addEventListener("click", notNow);

  let offered = null;
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault(); // the browser's own line would come whenever it likes
    offered = event;
    within.hidden = false;
    show("ready");
  });
  within.querySelector("[data-install]").addEventListener("click", async () => {
    const asked = offered;
    offered = null; // it can be used once
    if (!asked) return;
    asked.prompt();
    const { outcome } = await asked.userChoice;
    if (page) show("");
    else if (outcome === "accepted") within.hidden = true;
    else notNow();
  });
  addEventListener("appinstalled", () => {
    keep(MOST);
    if (page) show("there");
    else within.hidden = true;
  });

  // An iPhone has no such event. Only Safari puts pages on the home screen as we say; it is said there once.
  const { userAgent: told, platform, maxTouchPoints } = navigator;
  const apple = /iPhone|iPad/.test(told) || (platform === "MacIntel" && maxTouchPoints > 1);
  if (hint && apple && /Safari/.test(told) && !/CriOS|FxiOS|EdgiOS|OPT\//.test(told)) {
    within.hidden = false;
    show("apple");
    new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && keep(MOST)).observe(hint);
  }
})();
