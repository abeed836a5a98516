// Calls of our own interface: JSON both ways, every refusal a `Problem`, tokens by session.js.
//
//   const event = await api.get(`/api/events/${id}`);
//   const hold = await api.post(`/api/showtimes/${id}/holds`, { seatIds }, { key: newKey(), token: 'need' });
//
// Options: `token`: 'need' (a guest's if there is no other), 'have' (the default: shown if there is one), 'none';
// `key` (Idempotency-Key; make it once for each thing that a person wants, and give the same one when trying again),
// `ifMatch`, `query`, `headers`, `signal`, `timeout` in ms, `full` (answer {data, etag, status, headers} instead of data).
// A GET, and whatever carries a key, is tried again by itself when the network or the server fails in passing.

const TIMEOUT = 15_000; // a checkout waits for its bank; its own pages ask for longer
const TRIES = 3;
const PASSING = new Set([502, 503, 504]);

let tokens = { access: async () => null, refused: async () => false };

/** By session.js: where the tokens come from. */
export function tokensFrom(source) {
  tokens = source;
}

/** What the server, or the way to it, had to say; `code` is stable, `detail` is for people. */
export class Problem extends Error {
  constructor(body, status, retryAfter = null) {
    super(body.detail ?? body.title ?? body.code);
    this.name = 'Problem';
    this.status = status;
    this.code = body.code ?? 'unknown';
    this.detail = body.detail ?? '';
    this.path = body.path ?? null;
    this.requestId = body.requestId ?? null;
    this.retryAfter = retryAfter; // seconds
    this.body = body; // what else the fault says: taken seats, for one
  }
}

export const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

export const api = {
  get: (path, options) => call('GET', path, undefined, options),
  post: (path, body, options) => call('POST', path, body, options),
  put: (path, body, options) => call('PUT', path, body, options),
  patch: (path, body, options) => call('PATCH', path, body, options),
  delete: (path, options) => call('DELETE', path, undefined, options),
};

/** Every item of a list that comes in pages. */
export async function* pages(path, { query = {}, ...options } = {}) {
  let cursor = null;
  do {
    const page = await api.get(path, { ...options, query: { ...query, cursor } });
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor);
}

export async function call(method, path, body, options = {}) {
  const tries = method === 'GET' || options.key ? TRIES : 1;
  for (let tried = 1; ; tried++) {
    try {
      return await withToken(method, path, body, options);
    } catch (error) {
      const passes = error instanceof Problem && (error.status === 0 || PASSING.has(error.status));
      if (tried >= tries || !passes || options.signal?.aborted) throw error;
      await pause(Math.max((error.retryAfter ?? 0) * 1000, 300 * 2 ** tried * (0.5 + Math.random())), options.signal);
    }
  }
}

async function withToken(method, path, body, options) {
  const token = options.token === 'none' ? null : await tokens.access(options.token === 'need');
  try {
    return await once(method, path, body, options, token);
  } catch (error) {
    if (error.status !== 401 || !token || !(await tokens.refused(token))) throw error;
    return once(method, path, body, options, await tokens.access(options.token === 'need'));
  }
}

async function once(method, path, body, options, token) {
  const patience = AbortSignal.timeout(options.timeout ?? TIMEOUT);
  const signal = options.signal ? AbortSignal.any([options.signal, patience]) : patience;
  let answer, text;
  try {
    answer = await fetch(address(path, options.query), {
      method,
      headers: headersOf(body, options, token),
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    });
    text = await answer.text();
  } catch (error) {
    if (options.signal?.aborted) throw error; // the page went on; nobody waits for this
    throw new Problem({ code: patience.aborted ? 'timeout' : 'offline' }, 0);
  }
  const data = read(answer, text);
  if (!answer.ok) throw new Problem(data ?? { code: `http_${answer.status}` }, answer.status, seconds(answer));
  return options.full ? { data, etag: answer.headers.get('etag'), status: answer.status, headers: answer.headers } : data;
}

function headersOf(body, options, token) {
  const headers = { accept: 'application/json', ...options.headers };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (token) headers.authorization = `Bearer ${token}`;
  if (options.key) headers['idempotency-key'] = options.key;
  if (options.ifMatch) headers['if-match'] = options.ifMatch;
  return headers;
}

function address(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

function read(answer, text) {
  if (!text || !(answer.headers.get('content-type') ?? '').includes('json')) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function seconds(answer) {
  const told = Number(answer.headers.get('retry-after'));
  return Number.isFinite(told) && told > 0 ? told : null;
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
}
