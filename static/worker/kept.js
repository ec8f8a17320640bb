// What opens without a network. The server writes a line above this one: CAIRN = { release, language, shell, pages, patience }.
const SHELL = "cairn-shell-";
const OWN = "cairn-pages-"; // and the key of whoever the pages are about
const STATE = "cairn-state";
const AWAY_FROM = "/away"; // kept in STATE for a phone that locks itself: since when nobody is here, and how long may be
const LEFT = "/left"; // kept in STATE while the server still has to be told, and by which address, of a sign-out here
const LONGEST = 72 * 3600e3; // ms after which a kept page is shown no more

const sleep = (ms) => new Promise((go) => setTimeout(go, ms));
const within = (ms, work) => Promise.race([work, sleep(ms).then(() => { throw new Error("too slow"); })]);
const atMost = (ms) => AbortSignal.timeout?.(ms); // older browsers wait as long as they like
const named = async (start) => (await caches.keys()).filter((name) => name.startsWith(start));
const purge = async (start, but) => {
  for (const name of await named(start)) if (name !== but) await caches.delete(name);
};

// Signing out, or somebody else's page, begins a new time: what was asked for in the one before is not kept any more.
let time = 0;
// The same stands beside the outbox, as 0: one of the two may be full, or broken.
let left = (async () => {
  const found = await caches.match(LEFT, { cacheName: STATE }).catch(() => null);
  if (found) return (await found.text()) || "/sign-out";
  return (await within(1000, ops("readonly", (store) => store.get(0))).catch(() => null))?.body;
})();
const forget = () => {
  time += 1;
  return purge(OWN).catch(() => {});
};

// A phone that locks itself: after a while with nobody here what is kept is thrown away, so that without a network
// there is nothing to be seen, and with one the server asks for the PIN. No PIN is ever kept on the phone.
let lock = (async () => (await caches.match(AWAY_FROM, { cacheName: STATE }).catch(() => null))?.json())();
let written = 0; // what stands in STATE of since when
const setLock = async (to) => {
  const was = await lock;
  lock = Promise.resolve(to);
  const state = to || was ? await caches.open(STATE) : null;
  if (!to) return state?.delete(AWAY_FROM);
  if (was?.after === to.after && Math.abs(to.at - written) < 10e3) return;
  written = to.at;
  await state.put(AWAY_FROM, new Response(JSON.stringify(to)));
};
const here = async ({ unlocked } = {}) => {
  const now = await lock;
  if (now && (unlocked || !(await isLocked()))) await setLock({ ...now, at: Date.now() });
};
const isLocked = async () => {
  const now = await lock;
  return !!now && Math.abs(Date.now() - now.at) >= now.after * 1000;
};
// Whoever asks for something on a locked phone has the server told first; its own clock is a minute behind.
const shutNow = async () => {
  await forget();
  await setLock({ ...(await lock), at: 0 });
  const told = await fetch("/lock", { method: "POST", headers: json, redirect: "manual", signal: atMost(3000) }).catch(() => null);
  if (told) await setLock(null); // from here on the server asks, and its next page says whether there is a lock
  return told;
};

addEventListener("install", (event) => event.waitUntil((async () => {
  const shell = await caches.open(SHELL + CAIRN.release);
  await Promise.all(CAIRN.shell.map(async (address) => {
    const answer = await fetch(address, { credentials: "omit" });
    if (!answer.ok || answer.redirected) throw new Error(address);
    await shell.put(address, answer);
  }));
  await skipWaiting();
})()));

addEventListener("activate", (event) => event.waitUntil((async () => {
  const now = SHELL + CAIRN.release;
  const before = (await named(SHELL)).filter((name) => name !== now);
  await Promise.all(before.slice(0, -1).map((name) => caches.delete(name))); // pages of the last release may be kept
  await clients.claim();
})()));

// The newest shell first: a page kept from the release before finds its own files, else the ones of today.
const ofShell = async (request) => {
  const all = [SHELL + CAIRN.release, ...(await named(SHELL)).reverse()];
  for (const ignoreSearch of [false, true]) {
    for (const name of all) {
      const found = await caches.match(request, { cacheName: name, ignoreSearch, ignoreVary: true });
      if (found) return found;
    }
  }
};
// A page for everybody, in the language of whoever asked for this worker; in another one rather than not at all.
const forAll = (path) => ofShell(`${path}?${CAIRN.asked}`);
const exactly = (request) => caches.match(request, { cacheName: SHELL + CAIRN.release, ignoreVary: true });
const asset = async (request) => {
  const found = await exactly(request).catch(() => null);
  if (found) return found;
  try {
    return await fetch(request);
  } catch (off) {
    return (await ofShell(request).catch(() => null)) ?? Response.error();
  }
};

const changed = async (answer, change) => {
  const headers = new Headers(answer.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  return new Response(change(await answer.text()), { headers });
};
const owner = async () => (await named(OWN))[0]?.slice(OWN.length) ?? "";

const find = (path, cacheName) => caches.match(path, { cacheName, ignoreVary: true });
// `at`: when it was asked for; what it shows may be as old as that.
const keep = async (path, answer, since, at) => {
  const user = answer.headers.get("Cairn-User");
  if (!user || (await left) || since !== time) return;
  const after = Number(answer.headers.get("Cairn-Lock"));
  if (answer.ok && user !== "-") await setLock(after ? { after, at: (await lock)?.at ?? Date.now() } : null).catch(() => {});
  if ((await named(OWN)).some((name) => name !== OWN + user)) {
    time += 1;
    await purge(OWN, OWN + user);
    if (user !== "-") since = time;
  }
  if (since !== time || !answer.ok || answer.redirected || !answer.headers.has("Cairn-Keep")) return;
  const headers = new Headers(answer.headers);
  headers.set("Cairn-Kept", at);
  // What somebody else shares with its reader stays with the server: it may be taken back at any time.
  const body = (await answer.clone().text()).replace(/<section[^>]*data-unkept="([^"]*)"[^]*?<\/section>/g, '<p class="soft">$1</p>');
  const newer = (await find(path, OWN + user))?.headers.get("Cairn-Kept") - at;
  if (since !== time || (newer > 0 && newer < 60e3)) return; // it was overtaken; longer than that, the clock was set
  await (await caches.open(OWN + user)).put(path, new Response(body, { headers }));
  if (since !== time) await forget(); // somebody signed out while it was being put away
};

// A kept page shows the line that dates it; the server wrote the words.
const kept = async (path) => {
  for (const name of await named(OWN)) {
    const found = await find(path, name);
    if (!found) continue;
    if (Math.abs(Date.now() - found.headers.get("Cairn-Kept")) <= LONGEST) {
      return changed(found, (html) => html.replace('id="kept" hidden', `id="kept" data-at="${found.headers.get("Cairn-Kept")}"`));
    }
    await (await caches.open(name)).delete(path);
  }
};

// An installed Cairn starts at "/", which leads to one's own first screen.
const home = async () => {
  for (const one of ["/today", "/promises"]) if (await kept(one)) return Response.redirect(one, 302);
};

const withoutNetwork = async (path) => {
  if (path === UNITS) return forAll(UNITS);
  const own = await (path === "/" ? home() : kept(path));
  if (own) return own;
  const user = await owner();
  const stands = user && path.startsWith("/coping/uses/") ? "/offline/using" : path === "/help-now" ? path : "/offline";
  return changed(await forAll(stands), (html) => html.replace('data-user=""', `data-user="${user}"`));
};

const open = async (event, path) => {
  if (path === UNITS) return fetch(event.request).catch(() => forAll(UNITS));
  if (exiting && path === "/" && !event.request.isHistoryNavigation) await exiting;
  if (await stillLeaving()) return afterLeaving(event.request, path);
  if (await isLocked() && !(await shutNow())) return forAll(path === "/help-now" ? path : "/offline");
  await here();
  const since = time;
  const at = Date.now();
  const mayWait = path === "/" || CAIRN.pages.includes(path);
  const asked = fetch(event.request).then(async (answer) => {
    await keep(path, answer, since, at).catch(() => {});
    return answer;
  });
  event.waitUntil(asked.catch(() => {}));
  const soon = await Promise.race([asked.catch(() => null), ...(mayWait ? [sleep(CAIRN.patience)] : [])]);
  if (soon?.status === 404 && (await all().catch(() => [])).some((op) => op.next === path && !op.refused)) {
    return withoutNetwork(path); // what it is about is still on its way
  }
  if (soon && (soon.status < 500 || !mayWait)) return soon;
  const own = mayWait && (await (path === "/help-now" ? withoutNetwork(path) : path === "/" ? home() : kept(path)).catch(() => null));
  if (own && since === time) return own;
  return asked.catch(async () => (await withoutNetwork(path)) ?? Response.error());
};

// After a quick exit going back leads nowhere, also while the server was not told of it yet.
const afterLeaving = async ({ isHistoryNavigation }, path) => {
  const back = ((await left) ?? EXIT).startsWith(EXIT) && (isHistoryNavigation || !["/", "/help-now"].includes(path));
  return forAll(back ? UNITS : path === "/help-now" ? path : "/offline");
};

// Fetched before anybody asks for them, one after the other, unless they are minutes old.
const ahead = async (paths, age = 5 * 60e3) => {
  for (const path of paths) {
    if (await left || await isLocked()) return;
    const [name] = await named(OWN);
    const old = name && (await find(path, name));
    if (old && Math.abs(Date.now() - old.headers.get("Cairn-Kept")) < age) continue;
    const since = time;
    const headers = { Accept: "text/html", "Cairn-Ahead": "1" };
    const at = Date.now();
    await keep(path, await fetch(path, { headers, redirect: "error", signal: atMost(15e3) }), since, at);
  }
};

// Signing out. Until the server itself says that nobody is signed in any more, nothing is shown and nothing kept.
const [EXIT, UNITS] = ["/quick-exit", "/units"];
const LEAVING = ["/sign-out", "/sign-out-everywhere", "/phone/forget"];
const json = { Accept: "application/json" };
const whoami = async () => (await (await fetch("/whoami", { signal: atMost(8000) })).json()).user;
const mark = (path) => Promise.all([
  caches.open(STATE).then((state) => state.put(LEFT, new Response(path))),
  put({ seq: 0, body: path }),
].map((kept) => kept.then(() => true, () => false)));
const unmark = async () => {
  await caches.delete(STATE).catch(() => {});
  await drop(0).catch(() => {});
  left = Promise.resolve();
  lock = Promise.resolve(null);
};
let exiting = null;
let over = false; // after a quick exit: this worker only stays for pages that are just leaving
let leaving = null;
const tellOf = async () => {
  if (/^.quick-exit(?!.*unsent)/.test(await left)) await giveUp(); // this worker was stopped in between
  const path = await left;
  const gone = path ? await fetch(path, { method: "POST", headers: json, redirect: "manual", signal: atMost(5000) })
    .then(whoami).catch(() => null) : "";
  await forget(); // once more: what was asked for while it was on its way
  if (gone === "") await unmark();
  if (gone === "" && path?.startsWith(EXIT) && !path.includes("keep")) {
    over = true;
    await purge("");
    indexedDB.deleteDatabase("cairn");
    await registration.unregister();
  }
  leaving = null;
  return gone === "";
};
// Where one is on its way already, it may have begun without a network that is there again; nobody waits long for two.
const leave = async () => {
  const asked = Date.now();
  return (leaving && await leaving) || (Date.now() - asked < 2000 && (leaving ??= tellOf()));
};
const stillLeaving = async () => !!(await left) && (!!exiting || !(await leave()));
const signOut = async (event, path) => {
  const wipe = path === "/phone/forget";
  left = Promise.resolve(wipe ? "/sign-out" : path);
  await forget();
  if (wipe) await ops("readwrite", (store) => store.clear()).catch(() => {});
  const [one, other] = await mark(await left);
  if (wipe) {
    const answer = await fetch(event.request).catch(() => null); // as it is: it tells the browser to delete the rest
    if (answer && (await whoami().catch(() => null)) === "") {
      await forget();
      await unmark();
      return answer;
    }
  } else if (await leave()) return Response.redirect("/sign-in", 303);
  if (!one && !other) left = Promise.resolve(); // it would be forgotten: nobody is told that they are signed out
  registration.sync?.register(TAG).catch(() => {});
  return Response.redirect("/offline", 303);
};
// Quick exit: whoever left is gone at once, and the rest follows. What waits is sent, as far as that takes seconds; what
// can't be is deleted, so that nobody finds it, and the server is told how many changes that were: it says so to whoever
// made them when they sign in again. What somebody else left unsent on this phone stays, closed as before.
const giveUp = async () => {
  const leaver = new URL(await left, location).searchParams.get("user");
  const found = await all().catch(() => []);
  const mine = found.filter((op) => !leaver || op.user === leaver);
  for (const { seq } of mine) await drop(seq).catch(() => {});
  const unsent = mine.filter((op) => !op.refused).length;
  left = Promise.resolve(`${EXIT}?unsent=${unsent}${mine.length < found.length ? "&keep=1" : ""}`);
  await mark(await left);
};
const exit = async (request) => {
  const told = new URLSearchParams(await request.text().catch(() => "")).get("user");
  left = Promise.resolve(`${EXIT}?user=${told || (await owner().catch(() => ""))}`);
  await Promise.all([mark(await left), forget()]);
  for (const one of await registration.getNotifications()) one.close();
  await within(4000, alone(sendWaiting)).catch(() => {});
  await giveUp();
  if (!(await leave())) registration.sync?.register(TAG).catch(() => {});
};
const quickExit = (event) => {
  left = Promise.resolve(EXIT);
  time += 1;
  exiting = exit(event.request.clone()).catch(() => {}).finally(() => { exiting = null; });
  event.waitUntil(exiting);
  return event.request.mode === "navigate" ? Response.redirect(UNITS, 303) : new Response(null, { status: 204 });
};
// For what a push brings. Whoever signed out here is told nothing by it; the server is told of that.
self.signedOut = async (event) => {
  const path = await left;
  if (path) event.waitUntil(leave());
  return path;
};
