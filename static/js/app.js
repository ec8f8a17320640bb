// Small helps on top of pages that work without them.
(() => {
  const live = document.getElementById("live");
  const announce = (words) => {
    live.textContent = "";
    setTimeout(() => { live.textContent = words; }, 60); // an empty moment, so that the same words are read again
  };

  // Every tap has its own name, so that the same tap sent twice is one record. randomUUID needs a secure page.
  const newId = () => crypto.randomUUID?.() ?? "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) =>
    (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16));
  const sentAt = new WeakMap();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (performance.now() - (sentAt.get(form) ?? -1000) < 1000) {
      event.preventDefault();
      event.stopImmediatePropagation(); // before htmx hears of it
      return;
    }
    sentAt.set(form, performance.now());
    if (form.matches("[data-op]") && form.elements.op_id) form.elements.op_id.value = newId();
  }, true);

  // What is only of use with script is hidden until here.
  const prepare = (within) => {
    for (const button of within.querySelectorAll("[data-copy][hidden], [data-dismiss][hidden], [data-print][hidden]")) button.hidden = false;
  };
  document.addEventListener("click", (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      const from = document.querySelector(copy.dataset.copy);
      navigator.clipboard?.writeText(from.value ?? from.innerText).then(() => announce(copy.dataset.copied));
    }
    if (event.target.closest("[data-print]")) print();
    event.target.closest("[data-dismiss]")?.closest(".flash").remove();
    const you = document.querySelector(".you[open]");
    if (you && !you.contains(event.target)) you.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const you = document.querySelector(".you[open]");
    if (event.key !== "Escape" || !you) return;
    you.open = false;
    you.querySelector("summary").focus();
  });

  // After a swap: say what the new piece wants said, and keep the place of whoever moves by keyboard.
  // htmx itself keeps focus on an element with the same id.
  let place = null;
  document.addEventListener("htmx:before:swap", ({ detail }) => {
    const target = detail.ctx.target;
    place = target?.contains?.(document.activeElement) ? target.id : null;
  });
  const settle = () => {
    prepare(document);
    const said = [...document.querySelectorAll("[data-announce]")].map((el) => {
      const words = el.dataset.announce;
      el.removeAttribute("data-announce");
      return words;
    });
    if (said.length) announce(said.join(" "));
    const now = document.querySelector("[data-focus]") ?? (document.activeElement === document.body && place && document.getElementById(place));
    if (now) {
      if (!now.matches("a, button, input, select, textarea, summary")) now.tabIndex = -1;
      now.focus();
      now.removeAttribute("data-focus");
    }
    place = null;
  };
  document.addEventListener("htmx:after:swap", settle);
  document.addEventListener("announce", ({ detail }) => announce(detail.value)); // HX-Trigger: {"announce": "…"}
  settle();

  // A page that the browser kept for its Back button must not outlive its sign-in.
  const user = document.body.dataset.user;
  const gone = () => {
    document.body.hidden = true;
    location.reload();
  };
  try {
    localStorage.setItem("cairn.user", user);
    addEventListener("pageshow", (event) => event.persisted && localStorage.getItem("cairn.user") !== user && gone());
  } catch {
    addEventListener("pageshow", (event) => event.persisted && user && gone()); // storage is blocked: be careful
  }
})();
