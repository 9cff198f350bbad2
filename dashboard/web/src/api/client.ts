import createClient from "openapi-fetch";
import { learnServerTime } from "@/lib/server-time";
import type { paths } from "./schema";
import type { ErrorBody } from "./types";

/** Error of the API, with the server's own message, finding and remedy. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly remedy: string | null,
    readonly found: string | null = null,
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** True if a retry may help: the server was not reached or is overloaded. */
  get transient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

/** Header of every reply with the server's time, in Unix milliseconds. */
const TIME_HEADER = "x-argosy-time";

async function timed(request: Request): Promise<Response> {
  const asked = performance.now();
  const response = await fetch(request);
  const told = response.headers.get(TIME_HEADER);
  if (told !== null) learnServerTime(Number(told), performance.now() - asked);
  return response;
}

export const client = createClient<paths>({
  baseUrl: typeof location === "undefined" ? "" : location.origin,
  fetch: timed,
});

function isErrorBody(value: unknown): value is ErrorBody {
  return typeof value === "object" && value !== null && typeof (value as ErrorBody).error === "object";
}

interface Reply<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Returns the data of a reply. Throws `ApiError` for an error, also when no server answers. */
export async function take<T>(reply: Promise<Reply<T>>): Promise<T> {
  let got: Reply<T>;
  try {
    got = await reply;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(
      "The dashboard's server does not answer.",
      "unreachable",
      0,
      "Look whether Argosy is running (argosy status); the page tries again by itself.",
    );
  }
  if (got.data !== undefined) return got.data;
  const { status } = got.response;
  if (isErrorBody(got.error)) {
    const { message, code, remedy, found } = got.error.error;
    throw new ApiError(message, code, status, remedy ?? null, found ?? null);
  }
  throw new ApiError(`The server answered ${status} without saying why.`, "unknown", status, null);
}
