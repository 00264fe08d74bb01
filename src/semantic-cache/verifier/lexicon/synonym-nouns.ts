/** Nouns of work, things and ideas that ask for the same thing in a question; form and rules as in `VERB_SYNONYMS`. */
export const NOUN_SYNONYMS = `
way method approach technique means process procedure
procedure process steps way
step way
tip advice suggestion trick
tip way
strategy plan approach tactic
reason cause
cause source
effect impact consequence influence
effect result
result outcome consequence
outcome result
purpose goal aim objective point use
goal objective aim target
meaning definition sense
definition meaning
difference distinction
similarity resemblance
advantage benefit pro merit upside plus
benefit advantage
disadvantage drawback con downside demerit
problem issue trouble difficulty
issue problem error
error fault bug mistake
mistake error
solution answer fix remedy
remedy cure treatment
treatment cure therapy remedy
cure treatment remedy
question query
answer response reply solution
fact truth
fact information
information info detail data knowledge
detail information
data information
news update
opinion view thought perspective take stance viewpoint
view thought opinion
idea thought concept
concept idea notion
example instance sample
kind type sort form variety category
type category
list set
list array
part section component
element component
feature characteristic functionality
feature capability
characteristic trait property quality
quality trait
ability capability skill
skill ability
job work employment career occupation position
job career
career profession
salary pay wage compensation income
income earnings
money cash fund
fund money
price cost rate
cost price fee charge expense
fee charge cost
charge fee
rate price
payment transaction
fine penalty
tax duty
discount reduction
company firm business corporation organisation organization
company organisation organization
firm business
business enterprise
startup start-up
industry sector field
field area
boss manager supervisor
employee worker staff
employer company
customer client consumer buyer
client customer
user member
product item good merchandise
item product thing
item merchandise good
goods merchandise product
shop store
store shop
place location spot site
location place
site website webpage
website site web_site
web internet online net
internet web online
online internet web
app application
application app software
software program application app
program software application
computer pc desktop machine
laptop notebook
phone mobile cellphone smartphone cell_phone mobile_phone
mobile phone
smartphone phone
device gadget
gadget device
picture photo image pic photograph
photo image
image picture
video clip
movie film
film movie
song track
music song
book novel
novel book
author writer
writer author
essay paper
article post
letter mail
mail email e-mail
email e-mail
message text
chat conversation
conversation talk discussion
word term
term condition
sentence phrase
language tongue
code source_code
function method
command instruction
directory folder
folder directory
file document
document paper
harddisk hard_disk hard_drive harddrive
disk drive storage
storage space
space storage
memory ram
picture drawing
notification alert
bug defect
crash failure
outage downtime
log record
record log entry
row record
column field
array list
list array
dictionary map hash
string text
loop iteration
variable parameter
parameter argument
argument parameter
exception error
library package module
package library module
module package
branch fork
pull_request merge_request
endpoint url api
url link address
link url
database db
db database
query search
table spreadsheet
spreadsheet worksheet sheet
browser web_browser
wifi wi-fi wireless_network
router modem
display screen monitor
screen display monitor
charger power_supply
battery power
hotline helpline support_number phone_number
helpline hotline
voucher coupon promo_code
coupon voucher
shipment parcel package delivery
parcel package shipment
refund reimbursement
reimbursement refund
instalment installment
deadline due_date last_date
due_date deadline
surname last_name family_name
workplace office
coworker colleague co-worker
colleague coworker co-worker
wage salary
bonus incentive
pension retirement_plan
mortgage home_loan
dividend payout
portfolio holding
revenue turnover income
profit earnings
budget spending
`;
