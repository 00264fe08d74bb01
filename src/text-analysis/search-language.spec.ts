import { detectLanguage, type SearchLanguage } from './search-language';

describe('detectLanguage', () => {
  it.each<[SearchLanguage, string]>([
    [
      'english',
      'The refund is issued within 30 days of the return, and it is sent to the card that was used.',
    ],
    [
      'german',
      'Die Erstattung wird innerhalb von 30 Tagen nach der Rückgabe auf die Karte gebucht, mit der bezahlt wurde.',
    ],
    [
      'french',
      'Le remboursement est effectué dans les 30 jours qui suivent le retour, sur la carte utilisée pour le paiement.',
    ],
    [
      'spanish',
      'El reembolso se realiza en los 30 días que siguen a la devolución, en la tarjeta con la que se pagó.',
    ],
    [
      'dutch',
      'Het bedrag wordt binnen 30 dagen na de retour teruggestort op de kaart die voor de betaling is gebruikt.',
    ],
    ['russian', 'Возврат осуществляется в течение 30 дней на ту же карту.'],
    ['greek', 'Η επιστροφή χρημάτων γίνεται εντός 30 ημερών.'],
    ['arabic', 'يتم رد المبلغ خلال ثلاثين يوما من تاريخ الإرجاع.'],
    ['hindi', 'वापसी के तीस दिनों के भीतर धनवापसी की जाती है।'],
  ])('tells %s', (language, text) => {
    expect(detectLanguage(text)).toBe(language);
  });

  it('leaves it open for texts that do not say, and for languages that it does not know', () => {
    for (const text of [
      '',
      '42',
      'iPhone 15 Pro Max 256 GB',
      'Płatność została zwrócona w ciągu trzydziestu dni',
      '返金は三十日以内に行われます。',
    ])
      expect(detectLanguage(text)).toBeNull();
  });

  it('does not stem Ukrainian as Russian nor Persian as Arabic', () => {
    expect(detectLanguage('Повернення коштів здійснюється протягом тридцяти днів')).toBe('simple');
    expect(detectLanguage('بازپرداخت وجه ظرف سی روز پس از بازگشت کالا انجام می‌گیرد')).toBe('simple');
  });

  it('goes by most of the text, not by a quotation in it', () => {
    const text =
      'The word прогресс is what the sign on the wall of the station says, and it is easy to read.';
    expect(detectLanguage(text)).toBe('english');
  });
});
