// A photo of a phone is made small before it is sent, and shown; without script it goes as it is.
"use strict";
const LONGEST = 1920;
for (const input of document.querySelectorAll("[data-photo]")) {
  const shots = input.closest(".field").querySelector(".shots");
  input.addEventListener("change", async () => {
    const chosen = new DataTransfer();
    shots.replaceChildren();
    for (const file of input.files) {
      const canvas = document.createElement("canvas");
      try {
        const picture = await createImageBitmap(file);
        const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
        canvas.width = picture.width * scale;
        canvas.height = picture.height * scale;
        canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
        const small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
        chosen.items.add(new File([small], file.name.replace(/\.\w*$/, "") + ".jpg", { type: "image/jpeg" }));
        shots.append(canvas);
      } catch { chosen.items.add(file); } // the hall says what is wrong with it
    }
    input.files = chosen.files;
  });
}
