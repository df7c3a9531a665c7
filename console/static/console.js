// What the pages need beyond htmx: menus that close, keep the phone at its newest text, and empty the field after a text was
// sent. Everything works without it; menus open and close by themselves, and the forms are plain forms.
(() => {
  "use strict";

  // --- menus: Esc and a click elsewhere close them ---
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
    event.preventDefault();  // the key has done its work: nothing else closes by it
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // --- the simulator ---
  const screen = document.getElementById("screen");
  if (!screen) return;

  const toEnd = () => { screen.scrollTop = screen.scrollHeight; };
  let count = screen.querySelectorAll(".bubble").length;
  toEnd();
  new MutationObserver(() => {
    const now = screen.querySelectorAll(".bubble").length;
    if (now !== count) { count = now; toEnd(); }
  }).observe(screen, { childList: true, subtree: true });

  document.querySelector('.cast [aria-current="true"]')?.scrollIntoView({ block: "nearest", inline: "center" });

  document.addEventListener("htmx:after:request", (event) => {
    const form = event.target.closest?.("form[data-clears]");
    const status = event.detail?.ctx?.response?.status ?? 0;
    if (form && status >= 200 && status < 300) {
      form.reset();
      form.querySelector("input[type=text]").focus();
    }
  });
})();
