/** A post as everybody may read it. */
export interface Post {
  readonly id: number;
  readonly title: string;
  readonly content: string;
}

/** Who may write on the site. */
export interface Account {
  readonly user: string;
  readonly password: string;
}

/** What an administrator who is logged in has: a browser would keep it. */
export interface Session {
  readonly cookie: string;
  /** Of the REST interface. */
  readonly nonce: string;
}

type Rendered = { readonly rendered: string };

/** A WordPress at a port of the loopback, used as a browser does. Whatever is no success throws. */
export class Site {
  readonly #base: string;

  constructor(port: number) {
    this.#base = `http://127.0.0.1:${port}`;
  }

  /** Makes the tables, and the first account. */
  async install(title: string, { user, password }: Account): Promise<void> {
    const form = { weblog_title: title, user_name: user, admin_password: password, admin_password2: password, pw_weak: '1', admin_email: 'admin@example.org', blog_public: '0' };
    const page = await (await this.#ask('/wp-admin/install.php?step=2', { method: 'POST', body: new URLSearchParams(form) })).text();
    if (!page.includes('Success!')) throw new Error(`WordPress is not installed: ${wordsOf(page)}`);
  }

  /** The page that visitors see first. */
  async frontPage(): Promise<string> {
    return (await this.#ask('/')).text();
  }

  async login({ user, password }: Account): Promise<Session> {
    const form = { log: user, pwd: password, 'wp-submit': 'Log In', redirect_to: `${this.#base}/wp-admin/`, testcookie: '1' };
    const headers = { cookie: 'wordpress_test_cookie=WP%20Cookie%20check' };
    const answer = await this.#ask('/wp-login.php', { method: 'POST', body: new URLSearchParams(form), headers, redirect: 'manual' });
    const cookie = answer.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
    if (!cookie.includes('wordpress_logged_in_')) throw new Error(`no login: ${wordsOf(await answer.text())}`);
    return this.resume(cookie);
  }

  /** Goes on with a cookie from before. */
  async resume(cookie: string): Promise<Session> {
    const nonce = await (await this.#ask('/wp-admin/admin-ajax.php?action=rest-nonce', { headers: { cookie } })).text();
    return { cookie, nonce };
  }

  async publish(session: Session, title: string, content: string): Promise<Post> {
    const body = JSON.stringify({ title, content, status: 'publish' });
    return postOf(await this.#write(session, 'posts', { body, headers: { 'content-type': 'application/json' } }));
  }

  /** Puts a file among the uploads, and says where it is. */
  async upload(session: Session, name: string, type: string, body: Buffer<ArrayBuffer>): Promise<string> {
    const headers = { 'content-type': type, 'content-disposition': `attachment; filename="${name}"` };
    const { source_url: url } = (await this.#write(session, 'media', { body, headers })) as { source_url: string };
    return new URL(url).pathname;
  }

  async download(path: string): Promise<Buffer> {
    return Buffer.from(await (await this.#ask(path)).arrayBuffer());
  }

  /** All posts, the newest first. */
  async posts(): Promise<Post[]> {
    const answer = await this.#ask('/index.php?rest_route=/wp/v2/posts&per_page=100');
    return ((await answer.json()) as unknown[]).map(postOf);
  }

  async #write({ cookie, nonce }: Session, what: string, { headers, body }: { headers: Record<string, string>; body: string | Buffer<ArrayBuffer> }): Promise<unknown> {
    const all = { ...headers, cookie, 'x-wp-nonce': nonce };
    return (await this.#ask(`/index.php?rest_route=/wp/v2/${what}`, { method: 'POST', body, headers: all })).json();
  }

  async #ask(path: string, init: RequestInit = {}): Promise<Response> {
    const answer = await fetch(`${this.#base}${path}`, init);
    if (answer.status >= 400) throw new Error(`${path} is answered ${answer.status}: ${wordsOf(await answer.text())}`);
    return answer;
  }
}

function postOf(found: unknown): Post {
  const { id, title, content } = found as { id: number; title: Rendered; content: Rendered };
  return { id, title: title.rendered, content: content.rendered };
}

/** What a page says, without its markup. */
function wordsOf(page: string): string {
  return page.replace(/<(style|script)[^]*?<\/\1>/g, '').replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim().slice(0, 500);
}
