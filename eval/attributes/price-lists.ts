import { among, day, type Field, whole } from './field';

/** Plans of a subscription. */
export const priceLists: Field = {
  name: 'price-lists',
  titles: ['{base} price list', 'Plans and prices of {base}', '{base} subscriptions at a glance'],
  openings: [
    'Prices are per month and without tax. Existing customers keep their price until the next renewal.',
    'Valid for new subscriptions; resellers have a list of their own.',
  ],
  bases: ['Docuflow', 'Parcelio', 'Meetwise', 'Cloudbarn', 'Invoicer', 'Shiftly', 'Formaly', 'Notegrid'],
  forms: ['{base} Basic', '{base} Team', '{base} Business', '{base} Business Plus'],
  layouts: ['table', 'lists', 'sections', 'table'],
  attributes: [
    {
      name: 'monthly-price',
      label: 'Price when paid monthly',
      value: whole(9, 129, 2, '$#.00'),
      sentence: 'Paid month by month, {entity} costs {value} per user.',
      under: 'Paid month by month it costs {value} per user.',
      questions: [
        'What is the monthly price of {entity}?',
        'How much does {entity} cost per user if I pay month by month?',
      ],
      translations: {
        de: [
          'Was kostet {entity} bei monatlicher Zahlung?',
          'Wie hoch ist der Monatspreis von {entity} pro Nutzer?',
        ],
        fr: [
          'Combien coûte {entity} en paiement mensuel ?',
          'Quel est le prix mensuel de {entity} par utilisateur ?',
        ],
      },
    },
    {
      name: 'yearly-price',
      label: 'Price when paid yearly',
      value: whole(90, 1290, 10, '$#.00'),
      sentence: 'Paid for a year in advance, {entity} costs {value} per user.',
      under: 'Paid for a year in advance it costs {value} per user.',
      questions: ['What does a year of {entity} cost?', 'How much is {entity} per user with annual billing?'],
      translations: {
        de: ['Was kostet {entity} bei jährlicher Zahlung?', 'Wie viel kostet ein Jahr {entity}?'],
        fr: ['Combien coûte {entity} en paiement annuel ?', 'Quel est le prix de {entity} pour un an ?'],
      },
    },
    {
      name: 'setup-price',
      label: 'Onboarding fee',
      value: whole(100, 2500, 50, '$#'),
      sentence: 'Onboarding for {entity} is charged once with {value}.',
      under: 'Onboarding is charged once with {value}.',
      questions: [
        'What is the onboarding fee of {entity}?',
        'How much do you charge once to get us started with {entity}?',
      ],
    },
    {
      name: 'storage',
      label: 'Storage included',
      value: whole(10, 900, 10, '# GB'),
      sentence: '{entity} includes {value} of storage.',
      under: 'It includes {value} of storage.',
      questions: [
        'How much storage is included in {entity}?',
        'How many gigabytes of files can I keep with {entity}?',
      ],
      translations: {
        de: ['Wie viel Speicherplatz enthält {entity}?', 'Wie viele Gigabyte sind bei {entity} dabei?'],
        es: [
          '¿Cuánto almacenamiento incluye {entity}?',
          '¿Cuántos gigabytes de archivos se pueden guardar con {entity}?',
        ],
      },
    },
    {
      name: 'extra-storage',
      label: 'Additional storage',
      value: whole(2, 30, 1, '$# per 100 GB'),
      sentence: 'Storage beyond what {entity} includes costs {value}.',
      under: 'Storage beyond what is included costs {value}.',
      questions: [
        'What does additional storage cost with {entity}?',
        'How much do I pay for space beyond what {entity} includes?',
      ],
    },
    {
      name: 'minimum-users',
      label: 'Minimum users',
      value: whole(1, 12, 1, '# users'),
      sentence: '{entity} is sold from {value}.',
      under: 'It is sold from {value}.',
      questions: [
        'What is the minimum number of users for {entity}?',
        'How many seats must I buy of {entity} at least?',
      ],
    },
    {
      name: 'maximum-users',
      label: 'Maximum users',
      value: whole(20, 900, 10, '# users'),
      sentence: 'No more than {value} can share one {entity} workspace.',
      under: 'No more than {value} can share one workspace.',
      questions: [
        'What is the maximum number of users for {entity}?',
        'How large can a team on {entity} become?',
      ],
    },
    {
      name: 'trial',
      label: 'Free trial',
      value: whole(7, 60, 1, '# days'),
      sentence: '{entity} can be tried free of charge for {value}.',
      under: 'It can be tried free of charge for {value}.',
      questions: [
        'How long is the free trial of {entity}?',
        'For how many days can I test {entity} without paying?',
      ],
      translations: {
        de: [
          'Wie lange kann man {entity} kostenlos testen?',
          'Wie viele Tage dauert der Probezeitraum von {entity}?',
        ],
        es: [
          '¿Cuánto dura la prueba gratuita de {entity}?',
          '¿Cuántos días se puede probar {entity} sin pagar?',
        ],
      },
    },
    {
      name: 'refund',
      label: 'Refund window',
      value: whole(5, 45, 1, '# days'),
      sentence: 'A payment for {entity} is refunded on request within {value}.',
      under: 'A payment is refunded on request within {value}.',
      questions: [
        'Within what time is {entity} refunded?',
        'Until when can I get my money back for {entity}?',
      ],
    },
    {
      name: 'discount',
      label: 'Discount for charities',
      value: whole(10, 75, 5, '# percent'),
      sentence: 'Charities get {value} off {entity}.',
      under: 'Charities get {value} off.',
      questions: [
        'What discount do charities get on {entity}?',
        'We are a non-profit: how much cheaper is {entity} for us?',
      ],
    },
    {
      name: 'support',
      label: 'Support',
      value: among(
        'by mail within two working days',
        'by phone from 8 to 18 o’clock',
        'in the community forum',
        'by chat around the clock',
        'by a named account manager',
      ),
      sentence: 'Customers of {entity} are supported {value}.',
      under: 'Customers are supported {value}.',
      questions: ['What support comes with {entity}?', 'How do I get help as a customer of {entity}?'],
    },
    {
      name: 'price-change',
      label: 'Next price change',
      value: day(2027, 2028),
      sentence: 'The price of {entity} stays the same until {value}.',
      under: 'The price stays the same until {value}.',
      questions: [
        'Until when is the price of {entity} fixed?',
        'On what date can {entity} become more expensive?',
      ],
    },
  ],
};
