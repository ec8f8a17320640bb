// Quick exit: one tap, or Escape three times, and this page is gone before anything else is done.
(() => {
  const form = document.getElementById("quick-exit");
  if (!form) return;
  const { to, title } = form.dataset;
  const gone = () => { document.documentElement.hidden = true; };
  let leaving = false;
  const leave = () => {
    if (leaving) return;
    leaving = true;
    gone();
    document.title = title;
    for (const kept of ["localStorage", "sessionStorage"]) {
      try { self[kept].clear(); } catch { /* blocked: nothing is in it */ }
    }
    // The worker, where there is one, takes it from here (worker/kept.js); else it goes to the server by itself.
    fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ user: document.body.dataset.user }),
      keepalive: true,
    }).catch(() => {});
    location.replace(to);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    leave();
  });
  let pressed = [];
  addEventListener("keydown", ({ key, repeat }) => {
    if (key !== "Escape" || repeat) pressed = key === "Escape" ? pressed : [];
    else pressed = [...pressed.slice(-2), performance.now()];
    if (pressed.length === 3 && pressed[2] - pressed[0] < 2000) leave();
  }, true);
  // Kept by the browser for its Back button in spite of all: it shows nothing and asks the server anew.
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted || !leaving) return;
    gone();
    location.replace(to);
  });
})();

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
  // A button that was swapped meanwhile is the same button: a quick second tap does not take back the first.
  const sentAt = new Map();
  addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sure) return;
    const what = event.submitter?.id || form;
    if (performance.now() - (sentAt.get(what) ?? -1000) < 1000 && !form.querySelector(".unsaved")) {
      event.preventDefault();
      event.stopImmediatePropagation(); // before htmx hears of it
      event.submitter?.classList.remove("is-tapped");
      return;
    }
    sentAt.set(what, performance.now());
    if (form.matches("[data-op]") && form.elements.op_id) form.elements.op_id.value = newId();
  }, true);

  // A tick answers in the next frame: its ring is dotted, and only then is anything made ready for sending.
  addEventListener("click", (event) => {
    const tick = event.target.closest?.(".tick");
    if (!tick?.form) return;
    const busy = tick.matches(".is-tapped"); // its answer is on the way: a second tap would be a second record
    if (busy || tick.form.requestSubmit) event.preventDefault();
    if (busy) return;
    tick.classList.add("is-tapped");
    setTimeout(() => tick.classList.remove("is-tapped"), 25e3); // longer than any request hangs
    if (event.defaultPrevented) requestAnimationFrame(() => setTimeout(() => tick.form?.requestSubmit(tick)));
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

  // Notifications: what this browser subscribed to follows what Cairn knows of it (data-push, absent for people who
  // get no reminders). `cairn.push` remembers who turned them on here. push.js offers them on the reminders page.
  const typed = () => [...document.querySelectorAll("main :is(textarea, input:not([type=hidden], [type=password]))")]
    .some((one) => one.value !== one.defaultValue || one.checked !== one.defaultChecked);
  self.cairn = { newId, typed };
  const user = document.body.dataset.user;
  const known = document.body.dataset.push;
  const kept = (name, value) => {
    try {
      return value === undefined ? localStorage.getItem(name) : localStorage.setItem(name, value);
    } catch {
      return null; // storage is blocked
    }
  };
  const devices = "/reminders/devices";
  const json = { Accept: "application/json" };
  const registered = async () => navigator.serviceWorker?.getRegistration();
  const mine = async () => (await registered())?.pushManager?.getSubscription();
  const quiet = async () => {
    for (const one of (await (await registered())?.getNotifications()) ?? []) one.close();
    const here = await mine();
    await here?.unsubscribe();
    return here?.endpoint;
  };
  let worker = null;
  const subscribe = async (repair) => {
    await worker; // or nothing would ever be ready
    const late = new Promise((_, no) => setTimeout(no, 10000, new Error("not ready")));
    const { pushManager } = await Promise.race([navigator.serviceWorker.ready, late]);
    const asked = await fetch(devices, { headers: json });
    if (!asked.ok) throw new Error(asked.status);
    const { key } = await asked.json();
    if (!repair) await (await pushManager.getSubscription())?.unsubscribe(); // it may hold another key
    const { endpoint, keys } = (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).toJSON();
    const body = new URLSearchParams({ endpoint, ...keys, ...(repair && { repair: "1" }) });
    const told = await fetch(devices, { method: "POST", headers: json, body });
    const { on, said } = await told.json();
    kept("cairn.push", on ? user : "");
    return on || said;
  };
  const repair = async () => {
    if (self.Notification?.permission !== "granted") return;
    const here = await mine();
    if (!known && kept("cairn.push") !== user) return;
    if (here) {
      const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(here.endpoint));
      const mark = [...new Uint8Array(bytes).slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      if (mark === known) return;
    }
    await subscribe(true);
  };
  // On a phone that people share, whoever had them before is told nothing more once somebody else signs in.
  const before = kept("cairn.push");
  const leave = async () => {
    const endpoint = await quiet();
    if (endpoint) await fetch(`${devices}/left`, { method: "POST", headers: json, body: new URLSearchParams({ endpoint }) });
    kept("cairn.push", "");
  };
  const left = user && before && before !== user ? leave().catch(() => {}) : Promise.resolve();
  if (known !== undefined && "serviceWorker" in navigator) {
    worker = navigator.serviceWorker.register("/sw.js");
    worker.then(() => left).then(repair).catch(() => {}); // mail goes on
    // Whoever signs out here, or turns this device off, is told nothing more on it, and nothing stays to be seen.
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if (!form.matches("[data-unsubscribe]")) return;
      event.preventDefault();
      kept("cairn.push", "");
      Promise.race([quiet(), new Promise((go) => setTimeout(go, 2000))]).catch(() => {}).finally(() => form.submit());
    });
    Object.assign(self.cairn, { subscribe });
  }

  // What the icon counts has been seen once the page that lists it is in sight.
  const seen = () => {
    if (document.visibilityState !== "visible" || !/^\/(today|promises)$/.test(location.pathname)) return;
    navigator.clearAppBadge?.().catch(() => {});
  };
  document.addEventListener("visibilitychange", seen);
  seen();

  // A page must not outlive its sign-in: one that the browser kept for its Back button, what another tab shows, one that
  // was still on its way, one on a screen that nobody came back to. It hides, and asks for itself anew once the server
  // has heard of the sign-out: before that the same page would come back. What somebody was writing stays behind a
  // cover until they signed in again, unless they left this browser themselves; a page with a lock has its own (lock.js).
  const still = async () => (await (await fetch("/whoami", { signal: AbortSignal.timeout?.(8000) })).json()).user === user;
  const sleep = (ms) => new Promise((go) => setTimeout(go, ms));
  let going = false;
  const gone = async () => {
    document.body.hidden = true;
    if (going) return;
    going = true;
    for (let asked = 0; asked < 20 && await still().catch(() => false); asked += 1) await sleep(300);
    location.reload();
  };
  let cover = null;
  let covered = [];
  const hide = (hidden) => { for (const one of covered) one.hidden = hidden; };
  let tells = false; // whether storage may be asked who is signed in here
  let out = () => false;
  const check = async () => {
    if (!user || going || document.body.dataset.lock) return;
    const is = await still().catch(() => null); // without a network the worker knows
    if (is && cover) {
      cover.remove();
      cover = null;
      hide(false);
    }
    if (is !== false || cover) return;
    if (out() || !typed()) return gone();
    covered = [...document.body.children].filter((one) => !one.hidden);
    hide(true);
    cover = document.getElementById("over").content.firstElementChild.cloneNode(true);
    document.body.append(cover);
    scrollTo(0, 0);
  };
  // The page that signs out is just leaving.
  const elsewhere = () => user && out() && !document.querySelector("[data-sure]") && gone();
  try {
    const borrowed = document.body.dataset.borrowed !== undefined;
    if (borrowed) localStorage.removeItem("cairn.user");
    if (borrowed) throw new Error("nothing is kept here");
    const last = localStorage.getItem("cairn.user"); // null before anybody was here, and after a quick exit
    out = () => (localStorage.getItem("cairn.user") ?? "") !== user;
    if (out()) setTimeout(check, last === null ? 5000 : 0); // a first page has enough to fetch
    if (user || last) localStorage.setItem("cairn.user", user); // a stranger leaves no trace
    tells = true;
    addEventListener("storage", () => elsewhere() || (cover && check()));
  } catch { /* storage is blocked, or nothing may be in it: the server alone is asked */ }
  addEventListener("pageshow", async ({ persisted }) => {
    if (!persisted || !user) return;
    document.body.hidden = true;
    if (await still().catch(() => tells && !out())) document.body.hidden = false;
    else gone();
  });
  document.addEventListener("visibilitychange", () => document.hidden || elsewhere() || check());
  if (document.body.dataset.watch !== undefined) setInterval(check, 60e3);
})();
