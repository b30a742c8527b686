// Better with script, complete without it: focus on what went wrong, the menu where one is, no double sending, progress of an upload.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("errors")?.focus();
  for (const here of document.querySelectorAll("nav [aria-current]")) { // on a phone a menu is wider than the screen
    here.parentNode.scrollLeft = here.offsetLeft - here.parentNode.clientWidth / 2;
  }
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
      setTimeout(() => { delete form.dataset.sent; }, 8000);
    });
  }
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
// What changes by itself is read again while somebody looks at it.
for (const part of document.querySelectorAll("[data-poll]")) {
  let shown = part.innerHTML; // as the hall sent it: a clock in it goes on by itself
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-poll]");
      if (!answer.ok || !fresh || fresh.innerHTML === shown) return;
      shown = fresh.innerHTML;
      part.replaceChildren(...fresh.childNodes);
    } catch { /* away for a moment: asked again */ }
  }, 1000 * part.dataset.poll);
}
