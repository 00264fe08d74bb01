import { Browser, type BrowserPage, type Element, type HTMLInputElement } from 'happy-dom';
import { eventually } from './evergreen';

/**
 * A page in a browser without a screen (happy-dom): it loads HTML and modules over HTTP, runs them and lets them call
 * their origin. It knows neither layout nor Content-Security-Policy.
 */
export class ConsolePage {
  private constructor(
    private readonly browser: Browser,
    private readonly page: BrowserPage,
  ) {}

  /** Opens an address, with a session of its own. @throws Error if it does not answer with 200 */
  static async open(url: string): Promise<ConsolePage> {
    const browser = new Browser({
      settings: {
        enableJavaScriptEvaluation: true,
        suppressInsecureJavaScriptEnvironmentWarning: true,
        // Without layout there is no use for style sheets.
        handleDisabledFileLoadingAsSuccess: true,
      },
    });
    const page = browser.newPage();
    const response = await page.goto(url);
    if (response?.status !== 200) throw new Error(`${url}: ${response?.status}`);
    return new ConsolePage(browser, page);
  }

  async close(): Promise<void> {
    await this.browser.close();
  }

  /** What the page's scripts threw or wrote to its console, and the requests that failed. */
  get log(): string {
    return this.page.virtualConsolePrinter.readAsString();
  }

  all(selector: string): Element[] {
    return [...this.page.mainFrame.document.querySelectorAll(selector)];
  }

  /** @throws Error if there is none */
  one(selector: string): Element {
    const [found] = this.all(selector);
    if (!found) throw new Error(`the page has no ${selector}`);
    return found;
  }

  /** Waits until there is such an element of which `holds` is true. */
  see(selector: string, holds: (element: Element) => boolean = () => true): Promise<Element> {
    return eventually(async () => this.all(selector).find(holds), `the page to show ${selector}`);
  }

  /** Opens one of the console's views by its link. */
  async goTo(view: string): Promise<void> {
    // Chosen again, what browsers leave alone would be loaded anew here.
    if (this.page.mainFrame.window.location.hash !== `#${view}`)
      this.click(this.one(`nav a[href="#${view}"]`));
    await this.see(`#${view}-view:not([hidden])`);
  }

  click(element: Element): void {
    (element as HTMLInputElement).click();
  }

  /** Types into the fields of a form, by their names. */
  fill(form: string, values: Record<string, string>): void {
    for (const [name, value] of Object.entries(values)) this.input(`${form} [name="${name}"]`).value = value;
  }

  check(selector: string, isChecked: boolean): void {
    this.input(selector).checked = isChecked;
  }

  press(selector: string, key: string): void {
    const { KeyboardEvent } = this.page.mainFrame.window;
    this.one(selector).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  }

  /** By its button, as people do; waits until that can be pressed. */
  async submit(form: string): Promise<void> {
    this.click(await this.see(`${form} button:not([disabled])`));
  }

  /** Chooses files. */
  choose(selector: string, files: readonly { name: string; text: string }[]): void {
    const { File, FileList } = this.page.mainFrame.window;
    const chosen = new FileList();
    for (const { name, text } of files) chosen.push(new File([text], name));
    this.input(selector).files = chosen;
  }

  /** The value of an expression in the page. */
  evaluate(expression: string): unknown {
    return this.page.evaluate(expression);
  }

  private input(selector: string): HTMLInputElement {
    return this.one(selector) as HTMLInputElement;
  }
}
