// Clocks that run: a time with data-until counts down by the hall's time; without script it says when it ends.
"use strict";
const ahead = Date.parse(document.querySelector("footer time").dateTime) - Date.now();
const tick = () => {
  for (const time of document.querySelectorAll("[data-until]")) {
    const left = Math.ceil((Date.parse(time.dataset.until) - Date.now() - ahead) / 1000);
    const rest = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60].map((part) => String(part).padStart(2, "0"));
    time.textContent = left > 0 ? `${time.dataset.left} ${rest.slice(left < 3600 ? 1 : 0).join(":")}` : time.dataset.over;
  }
};
tick();
setInterval(tick, 1000);
