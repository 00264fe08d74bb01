/**
 * Verbs that ask for the same thing in a question. One group a line; `_` joins the words of a phrase. Base forms:
 * inflections are found by lemma. A word may stand in several groups, and two words are synonyms if any group holds both.
 */
export const VERB_SYNONYMS = `
begin start commence initiate launch
stop end halt terminate quit cease discontinue
stop prevent avoid
prevent avoid avert
finish complete conclude finalise finalize
continue proceed carry_on keep_on go_on resume
buy purchase acquire get order
sell market vend
pay spend
receive get obtain acquire collect
obtain get acquire gain earn secure
earn make gain
send transmit dispatch mail ship deliver
return send_back give_back bring_back
get receive
give provide supply offer grant
provide offer supply deliver give
use utilise utilize employ apply
utilise utilize inspect
make create build produce generate develop construct form
create make generate produce set_up establish build
build construct develop make
develop create build design program write
design develop create
write compose author draft pen
repair fix mend
fix solve resolve repair troubleshoot correct
solve resolve work_out figure_out
change modify alter edit amend adjust update
change switch replace convert
update upgrade refresh renew
convert transform turn change translate
improve enhance better boost increase
improve get_better
increase raise boost grow
increase gain
decrease reduce lower lessen cut minimise minimize diminish
reduce lose
remove delete erase get_rid_of eliminate take_off clear discard wipe
remove delete deactivate close cancel
cancel terminate end stop unsubscribe_from close
discard undo reset revert drop
restore recover get_back retrieve
retrieve get fetch obtain
find locate discover search_for look_for
find get
search look_for seek look_up
see view look watch
show display list reveal present
show demonstrate
check verify see inspect examine test
check know find_out determine
verify confirm validate check authenticate
determine find calculate identify find_out
calculate compute work_out figure_out determine
measure calculate
find_out know learn discover
know understand learn
learn study master pick_up
learn teach_oneself
understand comprehend grasp get
explain describe clarify elaborate
describe define explain
define explain mean
tell explain say
say speak tell
speak talk
talk chat speak communicate
ask inquire enquire query
answer reply respond
choose select pick opt_for decide_on go_for
decide choose
prefer like favour favor
like love enjoy
hate dislike
want need wish desire would_like
need require
require need demand necessitate
allow permit let enable
allow enable
help assist aid support
help let
support help
try attempt
happen occur take_place go_on
cause lead_to result_in produce bring_about trigger
affect influence impact
become turn_into get be
get become
become be
seem appear look
look appear
keep retain maintain preserve store
keep hold
maintain keep
store keep save
save store keep
join enter enrol enroll register sign_up enlist get_into
get_into join enter be_admitted
register sign_up enrol enroll subscribe
subscribe sign_up
apply_for request
request ask_for apply_for
submit send file hand_in
install set_up
configure set_up setup install set
set_up setup configure establish install
run execute operate launch
execute run perform
perform do carry_out execute
do perform
work function operate
operate run work
connect link attach join
connect hook_up
add include insert put
insert put add
put place
access reach open get_into enter log_into
log_in login sign_in log_on log_into sign_into
log_out logout sign_out log_off
download get
watch see view stream
listen hear
read peruse
travel go visit
visit go_to see travel
go travel
reach get_to arrive
leave depart exit quit
leave go
move relocate shift transfer
move go
live reside stay dwell
live survive exist
stay remain live
exist live
survive live last
die pass_away
kill murder
treat cure heal
cure treat heal get_rid_of
heal recover
overcome beat conquer defeat get_over deal_with handle
deal_with handle cope_with manage address
handle manage
control manage curb
manage handle run
beat defeat win_against
fight combat tackle
lose shed drop
lose misplace
gain put_on
win get
invent create discover develop
invest put_money_in
borrow take_out
withdraw take_out get_out
deposit put_in pay_in
transfer send move wire
charge bill debit
refund reimburse give_back
exchange swap trade
cost charge
hire employ recruit
fire dismiss sack
resign quit leave
work be_employed
celebrate observe
call name term
call phone telephone ring
call consider
contact reach call get_in_touch_with
meet encounter
marry wed get_married
love adore
date go_out_with
attract appeal_to
impress wow
motivate inspire encourage
believe think
think believe feel consider
think feel
consider think regard deem
remember recall
forget not_remember
recommend suggest advise
suggest recommend propose
expect anticipate
predict forecast foresee
hope wish
worry care
protect guard secure defend
defend protect
attack invade assault
destroy ruin demolish
break damage
hurt harm injure damage
damage harm hurt
steal rob take
hack crack break_into
hide conceal
block restrict prevent bar ban prohibit
ban prohibit forbid outlaw scrap
restrict limit
track trace monitor follow
monitor track observe watch
identify recognise recognize detect determine
recognise recognize identify
detect find identify sense
prepare get_ready study
practice practise train
train teach
teach instruct educate
grow develop
grow raise cultivate
raise bring_up rear
cook prepare make
eat consume
consume eat drink use take
drink consume
take consume use
take require
take get
sleep get_to_sleep fall_asleep
wake_up awaken get_up
wear put_on
wash clean
clean wash
publish release issue
release publish launch come_out
report notify inform
block freeze
activate enable turn_on switch_on
enable activate turn_on switch_on
disable deactivate turn_off switch_off
turn_on switch_on
turn_off switch_off shut_down
open unlock
open start
close shut
merge combine
combine merge mix
mix blend combine
split divide separate
separate divide
compare contrast
differ vary
distinguish differentiate tell_apart
format erase
copy duplicate clone
share post
post publish upload
upload post
declare define create
call invoke
import load
export save
print output
debug troubleshoot
deploy release launch
manage administer
organise organize arrange
plan schedule
schedule arrange book plan
book reserve
reserve book
confirm verify
expire run_out end
renew extend
extend prolong
replace substitute swap
qualify be_eligible
commit make
spend use
contribute put
own have possess
have own possess
contain include have
include contain
involve include
consist comprise
offer give
serve work
lead guide
follow obey
succeed make_it
succeed become_successful
fail not_work
crack pass clear
pass clear
score get
attend go_to
hold have
host hold
promote advertise market
advertise promote
attract get
feel experience
experience feel
suffer experience
lack be_without
miss be_absent
wait hold_on
go_through clear
show_up appear arrive
arrive come show_up
come arrive
accept take approve support
approve accept
reject decline refuse
decline reject refuse
deny refuse
agree concur
link connect add
activate start
spark cause trigger start
breathe respire
eat ingest consume swallow
sleep doze_off nap
originate come_from stem_from
focus concentrate
reduce curb control limit
overcome get_rid_of stop
get_rid_of cure stop
earn collect
calculate convert
differ compare_and_contrast contrast
boost speed_up accelerate
speed_up accelerate
slow_down decelerate
wake_up get_up
hang_out meet
throw_away discard dispose_of
dispose_of discard
point_out mention
take_care_of care_for look_after
look_after care_for
make_sure ensure
ensure guarantee
look_like resemble
give_up quit
come_up_with create invent
set_up open
sign_up_for join register
pay_off repay
pay_back repay
pick choose select
claim request
dispute contest challenge
ship send deliver
top_up top-up add_money_to
link connect pair
freeze lock block suspend
suspend block freeze
unfreeze unlock unblock
reactivate activate
expire run_out
reset change recover
terminate cancel close end
modify change edit
inspect check view
utilise use utilize
utilize use
generate create make
configure set_up
submit place
penned wrote author write
constitute define make_up
`;
