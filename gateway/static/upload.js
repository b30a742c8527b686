// An upload in parts: progress is shown, and after a cut it goes on where it was (FIL-07). Without script the form does.
"use strict";
const PART = 2 * 1024 * 1024, TRIES = 5;
for (const form of document.querySelectorAll("form[data-upload]")) {
  if (!window.crypto?.subtle) continue; // no hash without a secure address: the form is sent as it is
  const bar = form.querySelector("progress"), status = form.querySelector("[data-status]");
  const ask = async (method, path, body, headers = {}) => {
    const answer = await fetch("/my/uploads" + path, {
      method, body, headers: { "X-Form-Token": form.elements.form_token.value, ...headers },
    });
    const found = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(found.detail || answer.status), { answer: found, code: answer.status });
    return found;
  };
  const hash = async (file) => [...new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const announce = async (file, key) => {
    const kept = localStorage.getItem(key);
    if (kept) {
      try { return await ask("GET", "/" + kept); } catch (problem) { if (!problem.code) throw problem; }
    }
    const way = form.elements.way?.checked ? "camera" : "local";
    const body = { name: file.name, size: file.size, sha256: await hash(file), way };
    const begun = await ask("POST", "", JSON.stringify({ ...body, ...target(form) }), { "Content-Type": "application/json" });
    localStorage.setItem(key, begun.id);
    return begun;
  };
  const target = ({ dataset }) => dataset.code ? { case_no: dataset.case, code: dataset.code } : {};
  const send = async (file, key) => {
    let upload = await announce(file, key);
    for (let failed = 0; upload.offset < file.size;) {
      try {
        const part = file.slice(upload.offset, upload.offset + PART);
        upload = await ask("PATCH", "/" + upload.id, part, { "Upload-Offset": String(upload.offset) });
        failed = 0;
      } catch (problem) {
        if (problem.answer?.offset !== undefined) { upload.offset = problem.answer.offset; continue; }
        if ((problem.code && problem.code < 500) || ++failed >= TRIES) throw problem;
        await new Promise((done) => setTimeout(done, 500 * 2 ** failed));
      }
      bar.value = 100 * upload.offset / file.size;
      status.textContent = `${form.dataset.going} ${Math.floor(bar.value)} %`;
    }
  };
  form.addEventListener("submit", async (event) => {
    const file = form.elements.file.files[0];
    if (!file || !file.size) return;
    event.preventDefault();
    const button = form.querySelector("button");
    const key = `upload:${form.dataset.case}:${form.dataset.code}:${file.name}:${file.size}:${file.lastModified}`;
    bar.hidden = false;
    button.disabled = true;
    try {
      await send(file, key);
      localStorage.removeItem(key);
      location.reload();
    } catch (problem) {
      if (problem.code) localStorage.removeItem(key);
      status.textContent = problem.code ? [problem.answer.detail, problem.answer.next].filter(Boolean).join(" ") : form.dataset.broken;
      button.disabled = false;
      delete form.dataset.sent;
    }
  });
}
