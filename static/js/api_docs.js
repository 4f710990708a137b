// Swagger UI over our own document. The key stays in this tab's memory.
document.addEventListener("DOMContentLoaded", () => {
  "use strict";
  const root = document.documentElement;
  const page = document.getElementById("api-docs");
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  function darken() {
    root.classList.toggle("dark-mode", root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  }

  darken();
  system.addEventListener("change", darken);
  window.SwaggerUIBundle({
    url: page.dataset.document,
    domNode: page,
    docExpansion: "none",
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    filter: true,
    syntaxHighlight: false,
  });
});
