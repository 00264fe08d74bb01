import { among, day, type Field, person, whole } from './field';

/** Framework agreements with companies whose names are alike. */
export const contracts: Field = {
  name: 'contracts',
  titles: ['Supplier agreements: {base} group', 'Summary of contract terms, {base}', '{base}: key terms'],
  openings: [
    'This summary restates the commercial terms of the signed agreements. The signed text prevails in case of doubt.',
    'Prepared by Legal for the annual supplier review; all amounts exclude value added tax.',
  ],
  bases: ['Acme', 'Northwind', 'Halden', 'Corvo', 'Lindqvist', 'Marbury', 'Tessera', 'Ostrava'],
  forms: ['{base} Logistics', '{base} Freight', '{base} Holdings', '{base} Packaging'],
  layouts: ['sections', 'topics', 'sections', 'lists'],
  attributes: [
    {
      name: 'renewal-fee',
      label: 'Renewal fee',
      value: whole(2000, 24000, 500, '# euros'),
      sentence: 'Each renewal of the agreement with {entity} costs a renewal fee of {value}.',
      under: 'Each time the term is extended a renewal fee of {value} falls due.',
      questions: [
        'What is the renewal fee under the agreement with {entity}?',
        'How much does {entity} pay to renew the contract?',
        'If we extend the {entity} deal for another term, what does the renewal cost?',
      ],
      translations: {
        de: [
          'Wie hoch ist die Verlängerungsgebühr im Vertrag mit {entity}?',
          'Was kostet es, den Vertrag mit {entity} zu verlängern?',
        ],
        fr: [
          'Quels sont les frais de renouvellement du contrat avec {entity} ?',
          'Combien coûte la reconduction du contrat de {entity} ?',
        ],
      },
    },
    {
      name: 'setup-fee',
      label: 'Set-up fee',
      value: whole(1000, 15000, 250, '# euros'),
      sentence: 'On signature {entity} is charged a one-off set-up fee of {value}.',
      under: 'A one-off set-up fee of {value} is charged on signature.',
      questions: [
        'What is the set-up fee for {entity}?',
        'How much is {entity} charged once at the beginning?',
        'Which initial one-time charge applies to {entity}?',
      ],
      translations: {
        de: [
          'Wie hoch ist die Einrichtungsgebühr für {entity}?',
          'Welchen einmaligen Betrag zahlt {entity} zu Beginn?',
        ],
        es: ['¿Cuál es la cuota de alta de {entity}?', '¿Cuánto paga {entity} una sola vez al principio?'],
      },
    },
    {
      name: 'late-fee',
      label: 'Late payment charge',
      value: whole(1, 9, 1, '# percent a month'),
      sentence: 'Invoices that {entity} pays late bear a charge of {value}.',
      under: 'Overdue invoices bear a late payment charge of {value}.',
      questions: [
        'What late fee applies to {entity}?',
        'What happens financially when {entity} pays an invoice after the due date?',
        'How much extra is charged on overdue bills of {entity}?',
      ],
    },
    {
      name: 'notice-period',
      label: 'Notice period',
      value: whole(30, 180, 15, '# days'),
      sentence: 'Either side may terminate the agreement with {entity} by giving {value} of notice.',
      under: 'Either side may terminate by giving {value} of notice.',
      questions: [
        'What is the notice period for ending the agreement with {entity}?',
        'How long in advance must we tell {entity} that we want to terminate?',
        'How much warning is needed before the {entity} contract can be cancelled?',
      ],
      translations: {
        de: [
          'Welche Kündigungsfrist gilt für den Vertrag mit {entity}?',
          'Wie lange vorher müssen wir {entity} kündigen?',
        ],
        fr: [
          'Quel est le préavis de résiliation du contrat avec {entity} ?',
          'Combien de temps à l’avance faut-il prévenir {entity} pour mettre fin au contrat ?',
        ],
      },
    },
    {
      name: 'cure-period',
      label: 'Cure period',
      value: whole(5, 28, 1, '# working days'),
      sentence: 'After a written complaint {entity} has a cure period of {value} to remedy a breach.',
      under: 'A breach may be remedied within a cure period of {value} after a written complaint.',
      questions: [
        'How long is the cure period granted to {entity}?',
        'How much time does {entity} have to put a breach right?',
        'Within what time must {entity} fix a violation once it has been complained about?',
      ],
    },
    {
      name: 'payment-term',
      label: 'Payment term',
      value: whole(14, 90, 1, '# days net'),
      sentence: 'Invoices to {entity} are payable {value}.',
      under: 'Invoices are payable {value}.',
      questions: [
        'What are the payment terms of {entity}?',
        'When do invoices sent to {entity} have to be settled?',
        'How many days does {entity} get to pay a bill?',
      ],
      translations: {
        de: [
          'Welches Zahlungsziel hat {entity}?',
          'Wie viele Tage hat {entity} Zeit, eine Rechnung zu bezahlen?',
        ],
        es: ['¿Qué plazo de pago tiene {entity}?', '¿Cuántos días tiene {entity} para pagar una factura?'],
      },
    },
    {
      name: 'start',
      label: 'Effective date',
      value: day(2019, 2022),
      sentence: 'The agreement with {entity} took effect on {value}.',
      under: 'It took effect on {value}.',
      questions: [
        'When did the agreement with {entity} come into force?',
        'What is the start date of the {entity} contract?',
        'Since when has the deal with {entity} been effective?',
      ],
    },
    {
      name: 'end',
      label: 'Expiry date',
      value: day(2027, 2030),
      sentence: 'Unless renewed, the agreement with {entity} expires on {value}.',
      under: 'Unless renewed, it expires on {value}.',
      questions: [
        'When does the agreement with {entity} expire?',
        'What is the end date of the {entity} contract?',
        'Until when does the deal with {entity} run?',
      ],
    },
    {
      name: 'liability-cap',
      label: 'Liability cap',
      value: whole(100000, 2000000, 50000, '# euros'),
      sentence: 'The liability of {entity} is capped at {value} per calendar year.',
      under: 'Liability is capped at {value} per calendar year.',
      questions: [
        'What is the liability cap for {entity}?',
        'Up to what amount is {entity} liable for damage in a year?',
        'What is the most {entity} can be made to pay in damages?',
      ],
    },
    {
      name: 'minimum-volume',
      label: 'Minimum annual volume',
      value: whole(400, 4800, 100, '# pallets'),
      sentence: 'We guarantee {entity} a minimum volume of {value} a year.',
      under: 'A minimum volume of {value} a year is guaranteed.',
      questions: [
        'What minimum volume is guaranteed to {entity}?',
        'How many pallets must we order from {entity} each year at least?',
      ],
    },
    {
      name: 'maximum-volume',
      label: 'Maximum annual volume',
      value: whole(6000, 24000, 500, '# pallets'),
      sentence: '{entity} need not accept more than {value} a year.',
      under: 'No more than {value} a year need be accepted.',
      questions: [
        'What is the maximum volume that {entity} has to accept?',
        'How many pallets a year can we send to {entity} at most?',
      ],
    },
    {
      name: 'governing-law',
      label: 'Governing law',
      value: among('Dutch law', 'Swiss law', 'English law', 'Danish law', 'Austrian law', 'Irish law'),
      sentence: 'The agreement with {entity} is governed by {value}.',
      under: 'It is governed by {value}.',
      questions: [
        'Which law governs the agreement with {entity}?',
        'Under which country’s law is the {entity} contract interpreted?',
      ],
    },
    {
      name: 'contact',
      label: 'Contract manager',
      value: person,
      sentence: 'On the side of {entity} the contract is managed by {value}.',
      under: 'The contract manager on their side is {value}.',
      questions: [
        'Who manages the contract at {entity}?',
        'Whom do we contact at {entity} about the agreement?',
      ],
    },
    {
      name: 'subcontracting',
      label: 'Subcontracting',
      value: among(
        'only with our prior written consent',
        'freely, if the subcontractor is named in advance',
        'in no case',
        'for transport inside the EU alone',
        'up to a fifth of the volume',
      ),
      sentence: '{entity} may use subcontractors {value}.',
      under: 'Subcontractors may be used {value}.',
      questions: ['May {entity} use subcontractors?', 'Is {entity} allowed to pass work on to other firms?'],
    },
  ],
};
