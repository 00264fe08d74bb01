/**
 * Opposites. One line holds two sides, parted by `|`: any word of one side against any of the other turns a question
 * round. Base forms; `_` joins the words of a phrase.
 */
export const ANTONYMS = `
enable activate turn_on switch_on auto-start | disable deactivate turn_off switch_off bypass
allow permit let authorize authorise | block forbid prohibit ban deny prevent disallow restrict reject
grant give assign | revoke withdraw remove deny take_away
allowed permitted | prohibited forbidden banned disallowed
accept approve | reject decline refuse deny
buy purchase | sell
long | short
long-term | short-term
call | put
bull bullish | bear bearish
lend lending lender | borrow borrowing borrower
deposit deposited put_in pay_in | withdraw withdrawal take_out
credit | debit
profit profitable gain | loss lose unprofitable
gain profit | loss
earn receive | spend pay
income revenue | expense cost expenditure
asset | liability
owe | refund
hedge | profit
start begin launch open | stop end quit finish terminate close
open reopen | close shut
opening | closing
increase raise rise grow up higher gain boost improve | decrease reduce lower fall drop decline down lessen shrink
rise rising up upward increase | fall falling drop down downward decline decrease
high higher highest tall | low lower lowest short
maximum max most largest highest | minimum min least smallest lowest fewest
more | less fewer
most | least
big large bigger larger biggest largest huge | small little smaller smallest tiny
old older oldest elder | new newer newest young younger youngest
oldest earliest first | newest latest last
fast quick faster quickest fastest | slow slower slowest slowly
strong stronger strongest | weak weaker weakest
hot hotter hottest warm | cold colder coldest cool
heat heating | cool cooling
hard difficult harder hardest toughest | easy simple easier easiest soft
good better best great positive | bad worse worst poor negative
positive beneficial helpful good benefit | negative harmful bad damage hurt
benefit help | suffer harm hurt
advantage benefit pro | disadvantage drawback con downside
strength | weakness
safe secure | unsafe dangerous harmful contraindicated risky insecure
legal lawful | illegal unlawful prohibited
taxable | tax-exempt nontaxable deductible tax-free exempt
tax | refund
true real | false fake
right correct | wrong incorrect
right | left
lucky | unlucky
happy | sad unhappy
rich wealthy | poor
love like | hate dislike
alive live birth born | dead die death
win winner | lose loser
succeed success successful | fail failure unsuccessful
friend | enemy
push | pull
import | export
upload | download
send sent transmit | receive received
sender | recipient receiver
give | take
lend | borrow
teach | learn
ask | answer
question | answer
add insert attach | remove delete detach
create make build | delete destroy remove
install | uninstall remove
subscribe | unsubscribe cancel
lock freeze block | unlock unfreeze unblock
encrypt encryption encode | decrypt decryption decode
compress | decompress extract
connect | disconnect
mount | unmount
load | unload
show display unhide | hide conceal
publish | unpublish
follow | unfollow
join enter | leave exit quit
arrive arrival come | depart departure leave go
enter entry entrance | exit leave
inside indoor internal inner interior | outside outdoor external outer exterior
incoming inbound ingress | outgoing outbound egress
input | output
read | write
client | server
frontend front-end | backend back-end
online | offline
public | private
remote | local
domestic national | international foreign
import | export
before prior | after
above over | below under beneath
over more_than | under less_than
early earlier earliest | late later latest
first | last
past | future
previous last | next
yesterday | tomorrow
day daytime morning am a.m | night nighttime evening pm p.m
today | tomorrow yesterday
summer | winter
spring | autumn
north northern | south southern
east eastern | west western
top upper | bottom lower
front | back rear
forward | backward backwards reverse
with | without
include including inclusive | exclude excluding exclusive
always | never
all every everyone everything | none nobody nothing no_one
ever | never
many much | few
full | empty
complete completed | incomplete
male man men boy masculine husband father son brother boyfriend he him | female woman women girl feminine wife mother daughter sister girlfriend she her
husband | wife
father dad | mother mom
son | daughter
brother | sister
boyfriend | girlfriend
king | queen
adult | child kid infant pediatric paediatric children
adult | minor
employer | employee
landlord | tenant
teacher | student
doctor | patient
buyer | seller
creditor lender | debtor borrower
plaintiff | defendant
prosecution | defence defense
criminal | civil
guilty | innocent
guest | host
parent | child
master | slave
single unmarried | married
marry marriage | divorce
human | animal
acute | chronic
benign | malignant
hyper high | hypo low
cause | prevent cure treat
cause symptom | cure treatment
symptom | cause treatment
absorb absorption | emit emission
inhale | exhale
expand expansion | contract contraction
attract | repel
convex | concave
acid acidic | base basic alkaline
odd | even
prime | composite
positive | negative
plus add addition | minus subtract subtraction
multiply multiplication times | divide division
maximise maximize | minimise minimize
ascending | descending
horizontal | vertical
static | dynamic
synchronous sync | asynchronous async
mutable | immutable
wired | wireless
manual manually | automatic automatically auto
fixed | variable adjustable floating
temporary temporarily | permanent permanently
virtual digital | physical
physical | mental
virgin | non-virgin
theory theoretical | practice practical
quantitative | qualitative
introvert | extrovert
optimist optimistic | pessimist pessimistic
liberal left-wing democrat | conservative right-wing republican
urban | rural
wholesale | retail
gross | net
pre-tax before-tax | after-tax post-tax
simple | compound
nominal | real
realized realised | unrealized unrealised
stop-loss | stop-limit
market | limit
index | mutual individual
traditional | roth
inherited | gifted
cash | margin
lost | found
missing | found
active | inactive
available | unavailable
eligible | ineligible
possible | impossible
necessary | unnecessary
known | unknown
common | rare
normal | abnormal
formal | informal
direct | indirect
dependent | independent
regular | irregular
mature | immature
responsible | irresponsible
appropriate | inappropriate
visible | invisible
reversible | irreversible
voluntary | involuntary
agree | disagree
appear | disappear
trust | distrust
same similar alike | different
similarity | difference
hire recruit | fire dismiss
promote | demote
attack | defend
accelerate | decelerate brake
cheap cheaper cheapest budget affordable | expensive luxury costly
clean | dirty
wet | dry
light | dark
light | heavy
thick | thin
wide | narrow
deep | shallow
near close nearest closest | far farthest furthest
sick ill | healthy
fat obese overweight | thin skinny slim underweight
veg vegetarian vegan | non-vegetarian meat
inflation | deflation
surplus | deficit
supply | demand
export | import
bid | ask
principal | interest
pending | completed failed declined
succeeded | failed
`;
