/** Words that carry grammar, not content: dropped or exchanged without changing what is asked. */
export const FUNCTION_WORDS = `
a an the this that these those some any such
i me my mine myself we us our ours ourselves you your yours yourself u ur one ones oneself someone somebody anyone anybody
he him his himself she her hers herself it its itself we they them their theirs themselves everyone everybody people person
is am are was were be been being do does did doing done have has had having
can could will would shall should may might must ought not
and or but if then so than as of in on at to for from by with about into onto upon through via per toward towards whether between around among amongst
there here what which who whom whose when where why how
also too just even still yet only both either each every etc whatever
very really actually ever truly exactly basically literally simply quite rather
get got getting gotten go going goes gone went come comes coming like want wants wanted need needs
way ways thing things something anything stuff
please kindly thanks thank hi hello hey dear sir
s t re ve ll d m vs versus nd ie eg
`;

/** Prepositions and the like that place one thing relative to another: light, but not nothing. */
export const RELATION_WORDS = `
before after since until till without within during against under over above below behind beneath beyond near outside inside
instead except besides despite because due while once prior more less least first last next
`;

/** Words that a kind of question may spell out or not ("what is the reason for", "what is the best way to"). */
export const FRAME_WORDS: Readonly<Record<string, string>> = {
  why: 'reason cause make explain',
  how: 'way method mean procedure process step good tip trick technique easy command possible',
  when: 'time date day year month',
  where: 'place location locate located find',
  who: 'person name',
  'how-long': 'duration length period time long last',
  'how-much': 'price cost fee charge amount much money',
  'how-many': 'number count many',
  'how-old': 'age old year',
  'yes-no': 'possible allow true',
};
/** Words that belong to "how" in front of them. */
export const HOW_WORDS = `much many long old often far big tall fast high large deep good`;

/** Content so general that one side may have it and the other not: weighed far less than any other word. */
export const LIGHT_WORDS = `
good best great better nice top most more much many lot lots few several various all
possible able available exist exists there
use used using make made give take find found see know think feel look want help try start become
tell explain describe say suggest recommend show mention let
called considered known mean means meaning
own real true actual main major common basic general simple single different certain specific particular
new latest current currently now today nowadays day days
people person man human guy someone everyone anybody everybody
example examples idea ideas tip tips advice option options type types kind kinds sort list step steps method methods process procedure
reason reasons cause purpose point
always usually normally often sometimes already yet again other another others else
quickly easily fast easy effectively efficiently properly correctly
personally honestly generally typically finally currently
world life time
name number amount
hard big little
ask asked asking question answer
kindly opinion view views
prepare preparation
happen happens happened
`;

/** Words that turn a statement round. */
export const NEGATIONS = `not no never without nothing none nobody neither nor non hardly barely unable`;

/** Words that only English has, among its most frequent. */
export const ENGLISH_GRAMMAR = `
the is are was were be been do does did have has had i you he she it we they my your his her its our their this that these those
what which who whom whose when where why how can could will would shall should may might must and or but if then than of on at to for
from by with about into between during before after there any some not get explain list tell
`;
/** Frequent words of other languages that English has not, or hardly. */
export const FOREIGN_GRAMMAR = `
der das den dem des ein eine einen einem einer und oder ist sind wie wo wann warum wer nicht kein keine für mit von zu zum zur im auf ich du wir ihr sie
le la les un une du et ou où est sont que qui quand comment pourquoi je tu il elle nous vous ne pas dans pour avec sur ce cette mon ma mes
el los las una y o es son qué que cómo como cuándo dónde quién por para con sin mi mis su sus yo
lo gli di che chi come quando dove perché per non sono è della del nel
o os as um uma e é são não em no na com por meu minha seu qual quando onde
het een van en niet geen voor met op te zijn hoe waar wanneer waarom wie ik jij wij om
och att det som en ett är inte på av hur när var varför jag og på af ikke er jeg hvordan
jak jest nie czy gdzie kiedy dlaczego i w z na do się
ve bir bu ne nasıl nerede mi mı yok değil için yang dan di apa bagaimana tidak untuk
`;

/** Verbs that keep what follows from happening: one in only one of two questions turns it round. */
export const DENYING_VERBS = `prevent avoid disable bypass forbid prohibit refuse deny`;

/** Words that compare, besides those in -er and -est. */
export const COMPARATIVES = `more less most least over under above below before after best worst better worse up down maximum minimum max min`;

/** Names of months and days of the week, and words that place a question in time relative to now. */
export const MONTHS = `january february march april may june july august september october november december`;
export const WEEKDAYS = `monday tuesday wednesday thursday friday saturday sunday`;
export const RELATIVE_DATES = `today tomorrow yesterday tonight`;

/**
 * Groups whose members exclude each other: asking about one is not asking about another. One group a line.
 */
export const EXCLUSIVE_GROUPS = `
january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday
spring summer autumn fall winter
red blue green yellow black white orange purple pink brown grey gray
hour minute second day week month year decade century
mercury venus earth mars jupiter saturn uranus neptune pluto
africa asia europe australia antarctica america
usa canada mexico brazil argentina chile peru colombia uk england scotland ireland france germany spain portugal italy greece netherlands belgium switzerland austria poland hungary sweden norway denmark finland russia ukraine turkey israel iran iraq egypt nigeria kenya ethiopia india pakistan bangladesh nepal china japan korea vietnam thailand indonesia malaysia singapore philippines australia
london paris berlin madrid rome tokyo beijing delhi mumbai bangalore hyderabad chennai pune kolkata sydney dubai
english spanish french german italian portuguese russian chinese japanese korean arabic hindi
python java javascript typescript c c++ c# go golang rust ruby php swift kotlin scala perl r matlab
react angular vue svelte
mysql postgresql postgres mongodb redis cassandra sqlite oracle
aws azure gcp
windows linux macos ubuntu android ios
iphone android
mac windows
excel word powerpoint
chrome firefox safari
google apple microsoft amazon facebook netflix tesla nvidia intel ibm
facebook instagram twitter snapchat whatsapp linkedin quora youtube reddit tinder
gmail yahoo outlook
bitcoin ethereum solana dogecoin litecoin
visa mastercard amex
dollar euro pound yen rupee yuan
kilometer meter mile yard foot inch
kilogram gram pound ounce
celsius fahrenheit kelvin
liver kidney spleen heart lung brain stomach pancreas
arm leg hand foot eye ear nose
dog cat horse bird fish rabbit
breakfast lunch dinner
physics chemistry biology mathematics history geography economics
mba btech phd ba bsc msc
football soccer cricket basketball baseball tennis hockey
christianity islam hinduism buddhism judaism sikhism
christian muslim hindu buddhist jew sikh
president senator governor mayor
car bike bus train plane boat truck
tea coffee beer wine water milk juice
oxygen hydrogen nitrogen carbon helium
iron copper gold silver zinc lead tin aluminium
sms email phone
transfer payment withdrawal refund deposit top-up topup
buy sell hold
etf etn
cash cheque check transfer
cash transfer
atm online
limit fee
limit charge
fee rate
physical virtual
lost stolen expired damaged
order replace activate
activate order
pin passcode password
top-up transfer exchange
top_up transfer exchange withdraw
purchase withdraw
purchase withdrawal
cash purchase buy
contactless chip
debit credit prepaid
cancel change
declined pending reverted
visa passport
checking savings
resume cover_letter
`;
