// What waits on this phone: forms get what the worker's outbox needs, and what waits is drawn where it was tapped.
// The worker keeps and sends (worker/outbox.js); the words stand in templates/offline/_waiting.html.
(() => {
  const line = document.getElementById("connection");
  const words = line.dataset;
  const { user } = document.body.dataset;
  const says = (value) => document.dispatchEvent(new CustomEvent("announce", { detail: { value } }));
  const byId = (id) => (id ? document.getElementById(id) : null);
  const last = (all, fits) => all.filter(fits).pop();
  const container = navigator.serviceWorker;

  // Asking the worker; null when there is none, or it can't keep anything.
  const worker = async () => container?.controller ?? (await container?.getRegistration())?.active;
  const ask = async (what, more) => {
    const asked = await worker().catch(() => null);
    if (!asked) return null;
    return new Promise((done) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => done(data);
      setTimeout(done, 8000, null);
      asked.postMessage({ do: what, user, ...more }, [port2]);
    });
  };

  // The one line about the connection, and under it what waits and what came back.
  const count = (one, many, n) => (n === 1 ? one : many).replace(/\d+/, n);
  const row = (op) => {
    const item = line.querySelector("template").content.firstElementChild.cloneNode(true);
    const told = new URLSearchParams(op.body);
    const typed = ["note", "other", "words"].map((name) => told.get(name)).filter(Boolean).join(" · ");
    const [title, what, own, said, buttons] = item.children;
    title.textContent = op.what?.includes(op.words) ? op.what : op.words;
    what.textContent = op.what?.includes(op.words) ? "" : op.what;
    own.textContent = typed;
    if (op.refused) {
      said.textContent = [...new Set([op.refused.said, ...op.refused.problems])].filter(Boolean).join(" ");
      said.hidden = buttons.hidden = false;
      item.querySelector("[data-does=copy]").hidden = !typed;
      buttons.addEventListener("click", ({ target }) => {
        const { does } = target.dataset;
        if (does === "copy") navigator.clipboard?.writeText(typed);
        else if (does) {
          said.hidden = buttons.hidden = true;
          listed = "";
          ask(does, { seq: op.seq }).then(() => draw());
        }
      });
    }
    return item;
  };
  let listed = ""; // what the list was drawn from: whoever stands in it keeps their place
  const status = ({ waiting, refused, others = 0, connection, left, locked }) => {
    const n = waiting.length || others;
    const out = others || connection === "out";
    const said = !n ? (refused.length ? words.refused : "")
      : out ? count(words.outOne, words.outMany, n) : count(words.waitOne, words.waitMany, n);
    const [place, details] = line.children;
    line.hidden = !said;
    if (place.firstElementChild.textContent !== said) place.firstElementChild.textContent = said;
    place.lastElementChild.hidden = !(n && out) || location.pathname === "/sign-in";
    details.hidden = !(waiting.length || refused.length);
    if (refused.length) details.open = true;
    const all = [...refused, ...waiting];
    if (listed !== (listed = JSON.stringify(all))) details.lastElementChild.replaceChildren(...all.map(row));
    for (const one of document.querySelectorAll("[data-left]")) one.hidden = !left;
    for (const one of document.querySelectorAll("[data-locked]")) one.hidden = !locked || left;
  };

  const untap = (within) => within.querySelector(".is-tapped")?.classList.remove("is-tapped");

  // A card whose tap waits: a dotted ring, and words that say where it is. The ring is about the card's own day;
  // a note, or a word about another day, leaves it as it is.
  const rings = (card, op) => op.ring && op.day === card.querySelector(".tick")?.form.elements.day?.value;
  const mark = (card, ops) => {
    const op = card.matches(".step") ? last(ops, (one) => rings(card, one)) : last(ops, () => true);
    const id = op?.id ?? "";
    if (card.dataset.waits !== id) unmark(card);
    untap(card);
    card.dataset.waits = id;
    if (op && card.matches(".step")) {
      card.dataset.was ??= card.className;
      card.classList.remove("is-open", "is-done", "is-some", "is-not-today");
      card.classList.toggle("is-back", !!op.back);
      card.classList.add("is-waiting");
      const name = card.querySelector(".tick .hide");
      const title = card.querySelector(".step-title").textContent;
      if (name) {
        name.dataset.was ??= name.textContent;
        name.textContent = (op.back ? words.done : words.takeBack).replace("{}", title);
      }
    }
    if (card.querySelector(".waits")) return;
    const tag = document.createElement("span");
    tag.className = "tag waits";
    tag.textContent = words.here;
    (card.querySelector(".step-where") ?? card).append(tag);
  };
  const unmark = (card) => {
    untap(card);
    delete card.dataset.waits;
    card.querySelector(".waits")?.remove();
    for (const one of [card, card.querySelector(".tick .hide")]) {
      if (one?.dataset.was === undefined) continue;
      if (one === card) card.className = one.dataset.was;
      else one.textContent = one.dataset.was;
      delete one.dataset.was;
    }
  };

  // A bad day begun without a network is small at once, where its page is.
  const smallDay = (op) => {
    const small = document.getElementById("small-day");
    if (!small) return;
    const is = !!op && !op.back;
    const there = document.querySelector(".small-day");
    if (is && !there) {
      const card = small.content.firstElementChild.cloneNode(true);
      card.classList.add("small-day");
      document.querySelector("main .page-head").after(card);
    }
    if (!is) there?.remove();
    for (const id of small.dataset.hides.split(" ")) if (byId(id)) byId(id).hidden = is && byId(id).dataset.waits === undefined;
    const begin = document.querySelector("form.group[data-op=day]");
    if (begin) begin.hidden = is;
  };

  let known = null; // what was drawn last: { waiting, refused, … }, or false where nothing can be kept
  const keptAt = Number(byId("kept")?.dataset.at);
  let made = keptAt || Date.now() - performance.now(); // until it is known what was sent since then
  let again = 0;
  let pause = 15e3;
  const draw = async () => {
    const before = known;
    known = (await ask("list", { since: made })) ?? false;
    if (!known) return;
    const drawn = new Set(known.waiting.map((op) => op.card).filter(Boolean));
    for (const card of document.querySelectorAll("[data-waits]")) if (!drawn.has(card.id)) unmark(card);
    for (const id of drawn) if (byId(id)) mark(byId(id), known.waiting.filter((op) => op.card === id));
    for (const op of known.refused) if (byId(op.card)) untap(byId(op.card));
    smallDay(last(known.waiting, (op) => op.item === "day"));
    for (const title of document.querySelectorAll("[data-using]")) {
      title.textContent = known.waiting.find((op) => op.next === location.pathname)?.words ?? title.textContent;
    }
    status(known);
    const ids = new Set(before?.waiting?.map((op) => op.id));
    if (before && known.waiting.some((op) => !ids.has(op.id))) says(words.said);
    if (before && known.refused.length > before.refused.length) says(words.refused);
    if (made) caughtUp(known.sent ?? []); // strangers, and a worker of before, have none
    made = undefined;
    clearTimeout(again);
    if (!known.waiting.length) pause = 15e3;
    else if (!document.hidden) again = setTimeout(() => ask("flush"), (pause = Math.min(pause * 2, 240e3)) / 2);
  };

  // What was sent is shown as the server has it, card by card; what somebody is typing is left alone.
  const typing = (within) => [...within.querySelectorAll("textarea, input:not([type=hidden])")]
    .some((one) => one.value !== one.defaultValue || one.checked !== one.defaultChecked);
  const renew = async (cards) => {
    const headers = { Accept: "text/html", "Cairn-Ahead": "1" };
    const answer = await fetch(location.pathname + location.search, { headers }).catch(() => null);
    if (!answer?.ok || answer.headers.get("Cairn-User") !== user) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const here of cards) {
      const now = page.getElementById(here.id);
      if (!now || !here.isConnected || typing(here)) continue;
      const focused = here.contains(document.activeElement) && document.activeElement;
      const [was, is] = [here, now].map((one) => one.querySelector("details"));
      if (was?.open && is) is.open = true;
      here.replaceWith(now);
      self.htmx?.process(now);
      if (focused) (byId(focused.id) ?? now.querySelector(focused.localName))?.focus();
    }
    if (byId("kept")) byId("kept").hidden = true;
  };
  let going = false; // somebody is on the way to another page, and is not called back for a newer one of this
  addEventListener("beforeunload", () => {
    going = true;
    setTimeout(() => (going = false), 8000); // a call, or a file, leaves the page where it is
  });
  const show = async (ops, again = true) => {
    if (!ops.length) return;
    const old = byId("kept")?.hidden === false; // a kept page: all that it shows is older than what was sent
    const cards = new Set(old ? document.querySelectorAll("article[id]") : ops.map((op) => byId(op.card)).filter(Boolean));
    const whole = ops.some((op) => op.page === location.pathname && !byId(op.card)); // such as a small day
    if (whole && again && !typing(document.body) && !going) location.reload();
    else if (cards.size) await renew(cards);
  };
  // Nobody hears of what is only being caught up with. A page that was asked for anew and is an old one still stays.
  const caughtUp = (ops) => show(
    keptAt ? ops : ops.filter((op) => !op.whole),
    performance.getEntriesByType("navigation")[0]?.type !== "reload",
  );
  container?.addEventListener("message", async ({ data }) => {
    if (!data?.outbox) return;
    await draw();
    const ops = data.sent?.filter((op) => op.user === user) ?? [];
    if (ops.length) {
      says(ops.find((op) => op.superseded)?.said ?? (known?.refused?.length ? words.refused : words.sent));
      await show(ops);
    }
    await draw();
  });

  // Before a form leaves: what it is about, when it was tapped and by whom.
  const hide = (form, name, value) => {
    const input = form.querySelector(`input[type=hidden][name="${name}"]`)
      ?? form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
    input.value = value;
  };
  const bare = (body) => {
    const told = new URLSearchParams(body);
    for (const name of ["op_id", "op_at", "op_for", "op_about", "undoes"]) told.delete(name);
    return told;
  };
  const about = (form, submitter) => {
    const { op, opWords } = form.dataset;
    const card = form.closest("article[id]");
    const path = new URL(form.getAttribute("action") || location.href, location).pathname;
    const [kind, number] = op.split("-");
    const told = {
      item: op || path,
      card: card?.id,
      words: opWords || card?.querySelector("h3")?.textContent || "",
      what: submitter?.textContent.trim(),
      undo: { step: words.undoStep, day: words.undoDay }[kind],
      back: /\/und(o|one)$/.test(path),
      ring: /\/(check-ins|undo)$/.test(path),
      day: form.elements.day?.value,
      next: kind === "use" && path.endsWith("/uses") ? words.nextUse.replace("{}", form.elements.op_id.value) : kind === "use" ? "/coping" : undefined,
      page: location.pathname,
    };
    if (told.back && told.day && kind === "step") { // what a third tap says anew
      const body = bare(new URLSearchParams(new FormData(form)));
      if (body.get("outcome") === "open") body.set("outcome", "done");
      told.redo = { url: words.againStep.replace("{}", number), what: words.done.replace("{}", told.words), body: String(body) };
    }
    return told;
  };
  // A second tap on what still waits takes it back; a third says it again.
  const takeBack = (op) => {
    const [id, at] = [self.cairn.newId(), new Date().toISOString()];
    const told = bare(op.back ? op.redo?.body : "");
    for (const [name, value] of Object.entries({ op_id: id, op_at: at, op_for: user })) told.set(name, value);
    const { day } = op;
    if (!op.back) told.set("undoes", op.id);
    if (day) told.set("day", day);
    const { item, card, page, words: title, undo, url, body } = op;
    const other = op.back
      ? { url: op.redo?.url, what: op.redo?.what, undo, back: false }
      : { url: undo, what: words.back, undo, back: true, redo: { url, what: op.what, body: String(bare(body)) } };
    return ask("takeBack", { seq: op.seq, undo: { id, at, user, item, card, page, day, ring: true, words: title, ...other, body: String(told) } });
  };
  const unsaid = (form) => form.querySelector(":scope > .unsaved")?.remove();
  const unsaved = (form) => {
    unsaid(form);
    untap(form);
    const said = Object.assign(document.createElement("p"), { className: "error unsaved", textContent: words.unsaved });
    said.setAttribute("role", "alert");
    form.append(said);
  };
  // Where nothing can be kept, a form that would leave the page for an error is sent from here, so that it stays.
  const straight = async (form, submitter) => {
    const tapped = submitter?.name && form.appendChild(Object.assign(document.createElement("input"), { type: "hidden" }));
    if (tapped) [tapped.name, tapped.value] = [submitter.name, submitter.value];
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "text/html", "Cairn-Ahead": "1" },
      });
      if (answer.status >= 500) throw new Error(answer.status);
      if (answer.redirected) location.assign(answer.url);
      else form.submit();
    } catch {
      if (tapped) tapped.remove();
      unsaved(form);
    }
  };
  addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (!form.matches("[data-op]") || !user) return;
    unsaid(form);
    const tick = form.querySelector(":scope > .tick"); // old browsers don't say what was tapped
    if (tick) navigator.vibrate?.(10);
    const stop = () => {
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    const card = form.closest("[data-waits]");
    const waits = tick && known && last(known.waiting, (op) => op.id === card?.dataset.waits);
    if (waits) {
      stop();
      takeBack(waits).then(draw).then(() => {
        says(waits.back ? words.said : words.back);
        ask("flush");
      });
      return;
    }
    hide(form, "op_at", new Date().toISOString());
    hide(form, "op_for", user);
    hide(form, "op_about", JSON.stringify(about(form, submitter)));
    if (!form.dataset.hxPost && (!container?.controller || known === false)) {
      stop();
      straight(form, submitter);
    }
  }, true);
  addEventListener("htmx:error", ({ target }) => target.matches?.("form") && unsaved(target));
  addEventListener("htmx:response:error", ({ target }) => untap(target));

  // Signing out: what waits is sent, or it is said plainly that it was not; nothing kept stays.
  addEventListener("submit", async (event) => {
    const form = event.target;
    if (!/\/(sign-out(-everywhere)?|phone\/forget)$/.test(form.action) || form.dataset.sure) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const on = () => {
      try { localStorage.setItem("cairn.user", ""); } catch { /* blocked: pages that come back hide anyway */ }
      form.dataset.sure = "1";
      if (form.requestSubmit) form.requestSubmit();
      else form.submit();
    };
    await ask("flush");
    const { waiting, refused } = (!form.action.endsWith("/phone/forget") && (await ask("list"))) || { waiting: [], refused: [] };
    if (!waiting.length && !refused.length) return on();
    const go = () => Promise.all(refused.map(({ seq }) => ask("putAway", { seq }))).then(on);
    const dialog = byId("leaving");
    const [unsent, unkept] = byId("leaving-words").children;
    unsent.hidden = !waiting.length;
    unkept.hidden = !refused.length;
    if (!dialog.showModal) return confirm(byId("leaving-words").textContent.trim()) && go();
    dialog.addEventListener("close", () => dialog.returnValue === "go" && go(), { once: true });
    dialog.returnValue = "";
    dialog.showModal();
  }, true);
  const send = () => {
    if (!document.hidden) ask("flush");
    return draw();
  };
  addEventListener("online", () => {
    pause = 1000; // it is said a moment before anything passes
    return send();
  });
  addEventListener("pageshow", send);
  document.addEventListener("visibilitychange", send);
  container?.addEventListener("controllerchange", draw);
  container?.ready.then(() => {
    if (!container.controller) ask("claim"); // claiming once does not reach every page
    draw();
    const pages = document.body.dataset.ahead?.split(" ");
    const soon = self.requestIdleCallback ?? ((work) => setTimeout(work, 2000));
    if (pages) soon(() => ask("ahead", { pages }), { timeout: 5000 });
  });
})();
