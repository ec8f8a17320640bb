// What was tapped is written down before it is sent, and sent once, in order, by whoever made it.
const AWAY = 5000; // ms a person waits before they are told that it is saved here
const HANGS = 20000; // ms until a request counts as lost; it may have been applied, so it is sent again as the same one
const ABOUT_IT = [400, 404, 409, 410, 422]; // answers about what was sent, when they are ours; others are about the moment
const NEVER = [403, 405, 413]; // whoever says it, the same again will not pass
const TRIES = 5; // answers of a server in trouble, until its owner may put it away
const TAG = "cairn-outbox";

const database = () => new Promise((done, no) => {
  const asked = indexedDB.open("cairn", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("ops", { keyPath: "seq", autoIncrement: true });
  asked.onsuccess = () => done(asked.result);
  asked.onerror = () => no(asked.error);
});
const ops = (mode, work) => within(3000, (async () => {
  if (over) throw new Error("over"); // a page that is still open would have it made anew
  const opened = await database();
  try {
    const transaction = opened.transaction("ops", mode, { durability: "strict" });
    const asked = work(transaction.objectStore("ops"));
    await new Promise((done, no) => {
      transaction.oncomplete = done;
      transaction.onerror = transaction.onabort = () => no(transaction.error);
    });
    return asked?.result;
  } finally {
    opened.close();
  }
})());
const all = async () => (await ops("readonly", (store) => store.getAll())).filter((op) => op.seq); // 0: see `left`
const drop = (seq) => ops("readwrite", (store) => store.delete(seq));
const put = (op) => ops("readwrite", (store) => store.put(op));
// Changes what is still there, and says what it was; what was taken back or put away meanwhile stays gone.
const amend = (seq, more) => ops("readwrite", (store) => {
  const asked = store.get(seq);
  asked.onsuccess = () => asked.result && store.put({ ...asked.result, ...more });
  return asked;
});
// What came back to its owner: refused, or in trouble again and again, though that is still tried.
const back = (op) => op.refused ?? (op.fails >= TRIES ? { said: "", problems: [] } : null);

let connection = ""; // what came of the last try: "", "off", "out" (signed out), "trouble"
const tell = async (more) => {
  for (const one of await clients.matchAll({ includeUncontrolled: true })) one.postMessage({ outbox: true, ...more });
};

let last = Promise.resolve();
const alone = (work) => {
  if (navigator.locks) return navigator.locks.request(TAG, work);
  const next = last.then(work, work);
  last = next.catch(() => {});
  return next;
};

// From here on nobody can say that it was never sent.
const deliver = async (op, headers, redirect) => {
  if (!await amend(op.seq, { tried: true })) return null;
  const body = new URLSearchParams(op.body);
  body.set("op_sent", new Date().toISOString());
  return fetch(op.url, { method: "POST", headers, body, redirect, signal: atMost(HANGS) });
};
// In JSON, which nobody between here and the server speaks: what they answer is not taken for its word.
const send = async (op) => {
  const answer = await deliver(op, json, "manual");
  if (!answer) return "";
  const { ok, status } = answer;
  const told = (await answer.json().catch(() => null)) ?? {};
  if (ok && told.ok === true) {
    await drop(op.seq);
    Object.assign(op, told);
    return "sent";
  }
  if (NEVER.includes(status) || (told.ok === false && !told.other && ABOUT_IT.includes(status))) {
    await amend(op.seq, { refused: { said: told.said ?? "", problems: Object.values(told.problems ?? {}) } });
    return "refused";
  }
  if (status === 401 || status === 409) return "out";
  if (status >= 500) await failed(op, status);
  return "trouble";
};
const failed = (op, status) => status !== 503 && amend(op.seq, { fails: (op.fails ?? 0) + 1 }); // 503 is about no op

const later = async () => {
  await tell();
  await registration.sync?.register(TAG).catch(() => {});
};
// What is kept of Today no longer fits; a burst of taps fetches it once.
let stale = new Set();
const refresh = async (sent) => {
  stale = new Set(["/today", ...sent.map((op) => op.page), ...stale]);
  const mine = stale;
  await sleep(800);
  if (mine !== stale) return;
  stale = new Set();
  const [name] = await named(OWN);
  const known = name ? (await (await caches.open(name)).keys()).map((one) => new URL(one.url).pathname) : [];
  await ahead(known.filter((path) => mine.has(path)), 0);
};
let lately = []; // what was sent after a page was made, or kept, and before it had ears
// `whole`: the page that comes next is the answer, and was made after it.
const note = (sent, whole) => {
  const told = sent.map(({ id, card, page, said, superseded, user }) => ({ id, card, page, said, superseded, user, whole, at: Date.now() }));
  lately = [...lately, ...told].slice(-50);
  return told;
};
const after = (sent) => {
  refresh(sent).catch(() => {}); // nobody waits for it
  return tell({ sent: note(sent) });
};

const sendAll = async () => {
  if (await stillLeaving()) return;
  await sendWaiting();
};
const sendWaiting = async () => {
  const waiting = (await all()).filter((op) => !op.refused);
  if (!waiting.length) return;
  const user = await whoami().catch(() => null);
  connection = user ? "" : user === "" ? "out" : "off";
  const sent = [];
  const stuck = new Set(); // things whose order has to be kept
  let slow = 0;
  for (const op of user ? waiting : []) {
    if (op.user !== user || stuck.has(op.item)) continue;
    const came = await send(op).catch(({ name }) => (name === "TimeoutError" ? "slow" : "off"));
    if (came === "sent") sent.push(op);
    else if (came && came !== "refused") {
      connection = came;
      if (!back(op)) stuck.add(op.item);
      if (came === "slow" ? ++slow > 1 : came !== "trouble") break;
    }
  }
  await (sent.length ? after(sent) : tell());
};
const flush = () => alone(sendAll).catch(() => {});

const stay = (request, address) => request.headers.get("HX-Request")
  ? new Response("", { status: 202, headers: { "HX-Reswap": "none" } })
  : Response.redirect(address || "/today", 303);

// The first try takes the page's own way, so that its answer is the card or the page as it now stands.
const sendFirst = async (op, request, inTime) => {
  const before = (await all()).some((one) => one.user === op.user && one.item === op.item && one.seq < op.seq && !back(one));
  if (before) return sendAll();
  const htmx = request.headers.get("HX-Request");
  const headers = new Headers([...request.headers].filter(([name]) => /^(accept|hx-.*)$/i.test(name)));
  let answer;
  let came;
  try {
    answer = await deliver(op, headers, htmx ? "follow" : "manual");
    // Where a redirect leads can't be read here: the same once more says whether it was ours.
    if (answer?.type === "opaqueredirect") came = await send(op);
  } catch {
    connection = "off";
    return later();
  }
  if (!answer || came === "") return tell();
  const { ok, status } = answer;
  const ours = answer.headers.get("Cairn-User") === op.user;
  if (came === "sent" || (ours && (ok || (status === 422 && inTime())))) { // 422: the form, with what was typed
    connection = "";
    await drop(op.seq);
    if (!inTime()) await after([op]);
    else if (status !== 422) {
      note([op], !htmx);
      refresh([op]).catch(() => {});
    }
    return answer;
  }
  if (came === "refused" || ABOUT_IT.includes(status) || NEVER.includes(status)) {
    await sendAll(); // to learn the reason in a sentence
    return (await all()).some((one) => one.seq === op.seq && one.refused) ? stay(request, op.page) : undefined;
  }
  connection = status === 401 || came === "out" ? "out" : "trouble";
  if (status >= 500) await failed(op, status);
  return later();
};

const made = (url, told) => {
  const about = JSON.parse(told.get("op_about") ?? "{}");
  told.delete("op_about");
  return { ...about, id: told.get("op_id"), user: told.get("op_for"), at: told.get("op_at"), url, body: String(told) };
};
const write = async (event, url) => {
  const { request } = event;
  if (await stillLeaving()) return Response.redirect("/offline", 303);
  if (/^\/(sign-in|invitations)/.test(url.pathname)) await forget(); // from here on it may be somebody else
  const told = new URLSearchParams(await request.clone().text());
  if (!told.get("op_for") || !told.get("op_id")) return fetch(request);
  const op = made(url.pathname + url.search, told);
  try {
    op.seq = await put(op);
  } catch {
    return fetch(request); // it can't be kept here: the page says so when it does not arrive
  }
  let waits = true;
  const work = alone(() => sendFirst(op, request, () => waits)).catch(() => {});
  event.waitUntil(work);
  const answer = await Promise.race([work, sleep(AWAY)]);
  waits = false;
  if (answer) return answer;
  event.waitUntil(later());
  return stay(request, op.next || op.page);
};

// What was never sent is simply gone; of what may have arrived the taking back is sent after it.
const takeBack = async ({ seq, undo }) => {
  await ops("readwrite", (store) => {
    const asked = store.get(seq);
    asked.onsuccess = () => {
      if (asked.result && !asked.result.tried) store.delete(seq);
      else if (undo.url) store.add(undo);
    };
    return asked;
  });
  await tell();
};
const list = async ({ user, since }) => {
  const found = await all();
  const more = { connection, left: !!await left, locked: await isLocked() };
  if (!user) return { waiting: [], refused: [], others: found.filter((op) => !op.refused).length, ...more };
  const mine = found.filter((op) => op.user === user).map((op) => ({ ...op, refused: back(op) }));
  const sent = lately.filter((op) => op.user === user && op.at >= since);
  return { waiting: mine.filter((op) => !op.refused), refused: mine.filter((op) => op.refused), sent, ...more };
};
const retry = async ({ seq, user }) => {
  const op = (await all()).find((one) => one.seq === seq && one.user === user);
  if (op) await amend(op.seq, { refused: undefined, fails: 0 });
  await flush();
};
const putAway = async ({ seq, user }) => {
  if ((await all()).some((op) => op.seq === seq && op.user === user)) await drop(seq);
  await tell();
};
const DOES = {
  list, flush, retry, putAway, takeBack, here,
  ahead: ({ pages }) => ahead(pages).catch(() => {}),
  claim: () => clients.claim(),
};
addEventListener("message", (event) => {
  const work = DOES[event.data?.do];
  if (!work) return;
  const done = Promise.resolve(work(event.data)).then((told) => told ?? true, () => null);
  event.waitUntil(done.then((told) => event.ports[0]?.postMessage(told)));
});
addEventListener("sync", (event) => event.tag === TAG && event.waitUntil(flush().then(async () => {
  if (connection || await left) throw new Error("not yet"); // the browser tries again when it sees fit
})));

const shut = async (request) => {
  await forget();
  if (await lock) await setLock({ ...(await lock), at: 0 }).catch(() => {});
  return fetch(request).catch(() => Response.redirect("/offline", 303));
};
addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "GET" && url.pathname.startsWith("/static/")) event.respondWith(asset(request));
  else if (request.method === "GET" && request.mode === "navigate") event.respondWith(open(event, url.pathname));
  else if (request.method === "POST" && LEAVING.includes(url.pathname)) event.respondWith(signOut(event, url.pathname));
  else if (request.method === "POST" && url.pathname === EXIT) event.respondWith(quickExit(event));
  else if (request.method === "POST" && url.pathname === "/lock") event.respondWith(shut(request));
  else if (request.method === "POST" && /urlencoded/.test(request.headers.get("Content-Type"))) event.respondWith(write(event, url));
});
