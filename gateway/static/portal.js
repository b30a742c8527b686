// Better with script, complete without it: focus on what went wrong, no double sending, progress of an upload.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("errors")?.focus();
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
