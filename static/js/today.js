// "Say something else" on Today: one form for all cards, copied into a card when that is opened. Nothing is fetched, so
// that it works on a page kept for offline use. Without script its link leads to the step's own page.
(() => {
  const form = document.getElementById("say-form");
  const own = (words, { id }) => words.replace(/^(#?)say(?=-|$)/, `$1${id}`);
  document.addEventListener("toggle", ({ target: opened }) => {
    const link = opened.open && opened.querySelector("a.say");
    const card = link && link.closest(".step");
    if (!card || !form) return;
    const copy = form.content.firstElementChild.cloneNode(true);
    copy.querySelector("span").textContent = link.textContent;
    for (const one of copy.querySelectorAll("[id]")) one.id = own(one.id, card);
    for (const one of copy.querySelectorAll("[for]")) one.htmlFor = own(one.htmlFor, card);
    const said = copy.querySelector("form");
    const to = said.getAttribute("action").replace("/0/", `/${link.dataset.step}/`);
    said.setAttribute("action", to);
    said.dataset.hxPost = to;
    said.dataset.hxTarget = `#${card.id}`;
    said.elements.slot.value = link.dataset.slot;
    if (said.dataset.op) said.dataset.op = `step-${link.dataset.step}`;
    if ("opWords" in said.dataset) said.dataset.opWords = card.querySelector(".step-title").textContent;
    link.parentNode.replaceWith(copy);
    htmx.process(copy);
  }, true); // toggle does not bubble
})();
