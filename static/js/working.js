// A form that sends a large file says at once that it works, how much has been sent, and that the rest takes a while.
// Without this script the form is sent as any other, and the browser says that it is busy.
(() => {
  const size = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "kilobyte", maximumFractionDigits: 0 });
  const kilobytes = (bytes) => size.format(bytes / 1000);

  const work = (form) => {
    const line = form.querySelector("[data-line]");
    const bar = line.querySelector("progress");
    const say = (words) => { line.querySelector("span").textContent = words; };
    const announce = (words) => { // what is read aloud: not every number
      say(words);
      document.dispatchEvent(new CustomEvent("announce", { detail: { value: words } }));
    };
    const sending = (done, of) => {
      [bar.max, bar.value] = [of, done];
      say(form.dataset.sending.replace("{done}", kilobytes(done)).replace("{of}", kilobytes(of)));
    };
    const busy = (on) => {
      form.setAttribute("aria-busy", on);
      form.querySelector("button").setAttribute("aria-disabled", on);
      line.hidden = !on && !line.textContent.trim();
      bar.hidden = !on;
    };
    const stopped = () => {
      announce(form.dataset.stopped);
      busy(false);
    };
    const request = new XMLHttpRequest(); // fetch can't tell how much of a file has been sent
    request.upload.addEventListener("progress", ({ loaded, total }) => sending(loaded, total));
    request.upload.addEventListener("load", () => {
      bar.removeAttribute("value"); // nobody can know how far the reading is
      announce(form.dataset.working);
    });
    request.addEventListener("load", () => {
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const main = page.querySelector("main");
      if (!main) return stopped();
      document.title = page.title;
      document.querySelector("main").replaceWith(main);
      scrollTo(0, 0);
      if (!main.querySelector("[data-focus]")) main.focus();
      document.dispatchEvent(new Event("htmx:after:swap")); // what app.js does after any piece of a page is new
    });
    for (const end of ["error", "abort", "timeout"]) request.addEventListener(end, stopped);
    sending(0, [...new FormData(form).values()].reduce((sum, one) => sum + (one.size ?? 0), 0));
    busy(true);
    request.open("POST", form.action);
    request.send(new FormData(form));
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-working]")) return;
    event.preventDefault();
    if (form.getAttribute("aria-busy") !== "true") work(form);
  });
})();
