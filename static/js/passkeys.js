// Passkeys. The device is asked, and its answer goes into the form, which is sent like any other. What needs a
// browser that can do this is hidden until here: without script, another way is always on the page.
(() => {
  const buttons = [...document.querySelectorAll("button[data-passkey]")];
  // Elsewhere than at the address that passkeys are made for, the browser would refuse.
  const able = (button) => self.PublicKeyCredential && location.hostname === button.dataset.site;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => buffer && btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  // No body and no form type: the worker lets it pass, and keeps what it has.
  const options = async (button) => {
    const answer = await fetch(button.dataset.options, { method: "POST", headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    const asked = await answer.json();
    asked.challenge = bytes(asked.challenge);
    if (asked.user) asked.user.id = bytes(asked.user.id);
    for (const one of [...(asked.excludeCredentials ?? []), ...(asked.allowCredentials ?? [])]) one.id = bytes(one.id);
    return asked;
  };
  // "This phone is not mine" stands once on the page, in another form, and holds for every way in.
  const alsoTicked = (form) => {
    const ticked = document.querySelector("input[name=borrowed]:checked");
    if (ticked && ticked.form !== form) form.append(Object.assign(ticked.cloneNode(), { hidden: true }));
  };
  const send = (button, { id, rawId, type, response }) => {
    const told = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[part]) told[part] = text(response[part]);
    }
    const { form } = button;
    form.elements.credential.value = JSON.stringify({ id, rawId: text(rawId), type, response: told });
    alsoTicked(form);
    HTMLFormElement.prototype.submit.call(form);
  };

  let waiting = null; // the request that shows passkeys among what the browser fills in; one at a time
  const offer = async (button) => {
    if (!await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
    const publicKey = await options(button);
    waiting = new AbortController();
    const renew = setTimeout(() => { waiting.abort(); offer(button).catch(() => {}); }, 4 * 60e3); // before it is too old
    const found = await navigator.credentials.get({ publicKey, mediation: "conditional", signal: waiting.signal });
    clearTimeout(renew);
    send(button, found);
  };

  const ask = async (button) => {
    const said = button.parentNode.querySelector("[data-passkey-said]");
    said.hidden = true;
    button.disabled = true;
    waiting?.abort();
    try {
      const publicKey = await options(button);
      send(button, await navigator.credentials[button.dataset.passkey]({ publicKey }));
    } catch (error) {
      if (/^40[13]$/.test(error.message)) return location.reload(); // to be asked who it is
      said.querySelector("span").textContent = error.name === "InvalidStateError" ? said.dataset.known : said.dataset.not;
      said.hidden = false;
    }
    button.disabled = false;
  };

  for (const button of buttons) {
    if (!able(button)) continue;
    button.closest("[data-passkey-part]").hidden = false;
    for (const other of document.querySelectorAll("[data-passkey-without]")) other.hidden = true;
    button.addEventListener("click", () => ask(button));
    if (button.dataset.autofill !== undefined) offer(button).catch(() => {});
  }
})();
