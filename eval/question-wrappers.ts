import { oneOf, type Random } from './attributes/field';

/** What applications and people put around a question; `language` replaces the question by its translation. */
export const WRAPPERS = [
  'role',
  'story',
  'mail',
  'instruction',
  'json',
  'language',
  'boilerplate',
  'chat',
] as const;
export type Wrapper = (typeof WRAPPERS)[number];

/** Some bring a part after the question, too: a signature, a closing tag, a turn to be filled. */
const TEMPLATES: Readonly<Record<Exclude<Wrapper, 'language'>, readonly ((question: string) => string)[]>> = {
  role: [
    (q) =>
      `You are a meticulous assistant of the back office. You answer colleagues from our documents. ${q}`,
    (q) => `Act as an experienced clerk who knows every document by heart.\n\n${q}`,
    (q) =>
      `You are HelpBot, the friendly assistant of this company, and you never guess.\nUser question: ${q}`,
    (q) => `### System\nYou support new colleagues in their first weeks.\n### User\n${q}\n### Assistant`,
  ],
  story: [
    (q) =>
      `This morning in the lift I met a colleague from finance who was in quite a hurry. She had just come from a meeting that went on for two hours, and nobody there had known. So she asked me, and now I ask you: ${q}`,
    (q) =>
      `We are moving desks this week and half of my papers are in boxes. Of course that is when my boss calls and wants to know something. ${q} I would have looked it up myself, but the folder is at the bottom of a crate.`,
    (q) =>
      `Yesterday evening two of us had a bet about a detail that we should both know by now. The loser buys coffee for the whole team. ${q}`,
  ],
  mail: [
    (q) =>
      `Subject: quick check\n\nDear team,\n\nI hope this finds you well. ${q}\n\nMany thanks in advance and kind regards\nJonas Feld\nHead of Administration\nPhone 030 555 0147`,
    (q) =>
      `From: s.marin@intern.example\nTo: desk@intern.example\nSubject: Re: Re: open point from Tuesday\n\nHi both,\n\nthis is still open on my list: ${q}\n\nBest\nSofia\n\n-- \nThis message may be confidential. If you are not the addressee, please delete it.`,
    (q) => `Hello,\n\n${q}\n\nA short reply before noon would be great.\n\nRegards, Kim`,
  ],
  instruction: [
    (q) =>
      `Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n### Instruction:\n${q}\n\n### Response:`,
    (q) =>
      `Use the following pieces of context to answer the question at the end. If you do not know the answer, say so and do not make one up. Use three sentences at most.\n\nQuestion: ${q}\nHelpful answer:`,
    (q) => `[INST] <<SYS>> Be brief and cite your sources. <</SYS>> ${q} [/INST]`,
  ],
  json: [
    (q) => JSON.stringify({ type: 'question', locale: 'en-GB', channel: 'portal', text: q }),
    (q) => JSON.stringify({ messages: [{ role: 'user', content: q }], temperature: 0, max_tokens: 200 }),
    (q) => JSON.stringify({ session: '7f3a', intent: null, query: q, options: { cite: true } }, null, 2),
  ],
  boilerplate: [
    (q) =>
      `Welcome to the knowledge portal. Please note that everything you find here is for internal use and must not be passed on to third parties without the consent of the department that issued it. Answers are compiled automatically from the released documents in their latest version; drafts are not taken into account. In case of contradiction between the portal and a signed original, the signed original applies. Your enquiry is stored for ninety days in order to improve the service and is then deleted; statistics are kept without names. If you find an error, use the form on the start page or talk to the person in charge of your area. Enquiries about payroll, health data or pending legal cases are not answered here. By sending your enquiry you confirm that you have read the rules of use, that you have completed this year's training in data protection, and that you will treat what you learn with care.\n\nYour enquiry: ${q}`,
    (q) =>
      `CONFIDENTIALITY NOTICE. The information exchanged through this channel is intended solely for the employees of the company and its affiliates, and may contain trade secrets that are protected by law. Any review, dissemination, copying or other use by persons other than the intended recipients is prohibited. The operator gives no warranty of completeness or fitness for a particular purpose, and decisions of consequence must be confirmed with the responsible department before they are carried out. Sessions are recorded for quality assurance. The assistant works around the clock, with the exception of the maintenance window on the first Saturday of each month. For technical problems call extension 4400; for everything else speak to your supervisor first. Please keep to one matter per request, leave out personal data that is not needed, and write in full sentences wherever that is possible, since that makes the result more reliable.\n---\n${q}\n---\nEnd of request. Reference numbers are assigned automatically.`,
  ],
  chat: [
    (q) =>
      `User: good morning\nAssistant: Good morning! What can I do for you?\nUser: I have something about our documents\nAssistant: Sure, go ahead.\nUser: ${q}\nAssistant:`,
    (q) =>
      `[09:14] Ben: anybody here?\n[09:15] Ada: yes, just got my coffee\n[09:15] Ben: cool, one thing\n[09:16] Ben: ${q}\n[09:16] Ada: hmm, let me ask the bot`,
    (q) =>
      `<|user|> hi there\n<|assistant|> Hello, how can I help you today?\n<|user|> thanks for yesterday, that was useful. Next one: ${q}\n<|assistant|>`,
  ],
};

/** How many variants a wrapper has. */
export function variantsOf(wrapper: Wrapper): number {
  return wrapper === 'language' ? 1 : TEMPLATES[wrapper].length;
}

/**
 * A question within a wrapper. A translation is a question already: it stays as it is.
 * @param variant from 0 to {@link variantsOf} - 1
 */
export function wrapQuestion(question: string, wrapper: Wrapper, variant: number): string {
  return wrapper === 'language' ? question : TEMPLATES[wrapper][variant](question);
}

/** A variant, each as likely as the others. */
export function anyVariant(wrapper: Wrapper, random: Random): number {
  return oneOf(
    Array.from({ length: variantsOf(wrapper) }, (_, variant) => variant),
    random,
  );
}
