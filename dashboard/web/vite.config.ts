import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` and `npm run preview` find the dashboard's API and WebSocket. */
const backend = process.env["ARGOSY_DASHBOARD_URL"] ?? "http://127.0.0.1:8700";
const proxy = {
  "/api": { target: backend },
  "/healthz": { target: backend },
  "/ws": { target: backend, ws: true },
};

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { host: "127.0.0.1", proxy },
  preview: { host: "127.0.0.1", proxy },
  worker: { format: "es" },
  build: {
    target: "es2023",
    sourcemap: false,
    chunkSizeWarningLimit: 500,
    // React changes seldom: browsers keep it when the rest is new.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ name: "react", test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/ }],
        },
      },
    },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test-setup.ts"],
    testTimeout: 30_000,
    restoreMocks: true,
    // A test reads the colours; styles of all others stay out.
    css: { include: [/app\.css\?raw$/] },
    env: { TZ: "Europe/Berlin" },
  },
});
