package payload

// The lists stand here because the libraries that are maintained cost a
// millisecond or more at every start of the program, and make addresses at
// domains that exist. Arrays of constants cost nothing at start.

// word is a name and its spelling in an address.
type word struct{ text, plain string }

var firstNames = [...]word{
	{"Ada", "ada"}, {"Amara", "amara"}, {"Amélie", "amelie"}, {"Anders", "anders"}, {"Björn", "bjorn"}, {"Carlos", "carlos"},
	{"Chiara", "chiara"}, {"Chloé", "chloe"}, {"Daniel", "daniel"}, {"Elena", "elena"}, {"Emeka", "emeka"}, {"Farah", "farah"},
	{"Fatima", "fatima"}, {"Grace", "grace"}, {"Hannah", "hannah"}, {"Hiro", "hiro"}, {"Ingrid", "ingrid"}, {"Isabel", "isabel"},
	{"Jakub", "jakub"}, {"Jonas", "jonas"}, {"José", "jose"}, {"Julia", "julia"}, {"Kenji", "kenji"}, {"Lars", "lars"},
	{"Leila", "leila"}, {"Liam", "liam"}, {"Lucía", "lucia"}, {"Marek", "marek"}, {"Maria", "maria"}, {"Mateo", "mateo"},
	{"Mei", "mei"}, {"Nadia", "nadia"}, {"Noah", "noah"}, {"Nora", "nora"}, {"Oliver", "oliver"}, {"Olga", "olga"},
	{"Omar", "omar"}, {"Priya", "priya"}, {"Rachel", "rachel"}, {"Ravi", "ravi"}, {"Rosa", "rosa"}, {"Samuel", "samuel"},
	{"Sofia", "sofia"}, {"Søren", "soren"}, {"Tariq", "tariq"}, {"Tomás", "tomas"}, {"Yuki", "yuki"}, {"Zoë", "zoe"},
}

var lastNames = [...]word{
	{"Abbott", "abbott"}, {"Adeyemi", "adeyemi"}, {"Almeida", "almeida"}, {"Andersson", "andersson"}, {"Bauer", "bauer"}, {"Bianchi", "bianchi"},
	{"Carter", "carter"}, {"Chen", "chen"}, {"Dubois", "dubois"}, {"Eriksen", "eriksen"}, {"Ferrari", "ferrari"}, {"Fischer", "fischer"},
	{"García", "garcia"}, {"Haddad", "haddad"}, {"Hansen", "hansen"}, {"Hoffmann", "hoffmann"}, {"Ivanova", "ivanova"}, {"Jansen", "jansen"},
	{"Kaya", "kaya"}, {"Khan", "khan"}, {"Kim", "kim"}, {"Kowalski", "kowalski"}, {"Kumar", "kumar"}, {"Lefèvre", "lefevre"},
	{"Lindqvist", "lindqvist"}, {"Lopez", "lopez"}, {"Martin", "martin"}, {"Mbeki", "mbeki"}, {"Meyer", "meyer"}, {"Moreau", "moreau"},
	{"Müller", "mueller"}, {"Nakamura", "nakamura"}, {"Nguyen", "nguyen"}, {"Novák", "novak"}, {"O'Brien", "obrien"}, {"Okafor", "okafor"},
	{"Oliveira", "oliveira"}, {"Patel", "patel"}, {"Petrov", "petrov"}, {"Quinn", "quinn"}, {"Reyes", "reyes"}, {"Rossi", "rossi"},
	{"Schmidt", "schmidt"}, {"Silva", "silva"}, {"Sørensen", "sorensen"}, {"Tanaka", "tanaka"}, {"Walsh", "walsh"}, {"Young", "young"},
}

var companyFirsts = [...]string{
	"Alder", "Amber", "Anchor", "Arbor", "Aspen", "Beacon", "Birch", "Blue", "Bright", "Canyon", "Cedar", "Clear", "Cobalt", "Copper", "Coral", "Crane",
	"Crescent", "Delta", "Drift", "Eagle", "Ember", "Falcon", "Fern", "Flint", "Forge", "Garnet", "Granite", "Harbor", "Hazel", "Heron", "Indigo", "Iron",
	"Juniper", "Kestrel", "Lantern", "Larch", "Linden", "Lumen", "Maple", "Marble", "Meridian", "Mill", "North", "Oak", "Olive", "Onyx", "Orchard", "Pine",
	"Quartz", "Raven", "River", "Rowan", "Saffron", "Sage", "Sierra", "Silver", "Slate", "Solar", "Spruce", "Stone", "Summit", "Tidal", "Willow", "Zephyr",
}

var companySeconds = [...]string{
	"Analytics", "Apps", "Bank", "Bay", "Bridge", "Care", "Cargo", "Cloud", "Coast", "Craft", "Data", "Design", "Dynamics", "Energy", "Field", "Finance",
	"Foods", "Freight", "Gate", "Goods", "Grid", "Grove", "Health", "Hill", "House", "Insight", "Labs", "Lane", "Learning", "Legal", "Light", "Line",
	"Logistics", "Market", "Media", "Metrics", "Motors", "Networks", "Optics", "Outdoor", "Partners", "Pay", "Peak", "Point", "Press", "Print", "Robotics", "Rock",
	"Security", "Shop", "Software", "Studio", "Supply", "Systems", "Textiles", "Tools", "Trade", "Travel", "Valley", "Ventures", "View", "Wave", "Works", "Yard",
}

var companyForms = [...]string{"Ltd", "GmbH", "Inc.", "LLC", "AB", "SAS", "& Sons", "Pty Ltd"}

var words = [...]string{
	"account", "after", "agreed", "again", "approve", "before", "between", "budget", "change", "check", "clear", "closing", "customer", "delivery", "detail",
	"document", "earlier", "export", "final", "follow", "group", "import", "invoice", "later", "limit", "meeting", "monthly", "number", "order", "original",
	"partner", "payment", "plan", "project", "quarter", "quickly", "record", "release", "renewal", "report", "request", "review", "schedule", "service",
	"shared", "signed", "status", "support", "team", "today", "total", "update", "usual", "version", "waiting", "weekly", "window", "without", "yearly",
}

// country is what its towns share.
type country struct {
	name, code string
	currency   string
	dial       string
	streets    [6]string
	numberLast bool // Hauptstraße 12, not 12 Hauptstraße
}

// town is a place that addresses are made in; # is a random digit. phone is
// from a range of numbers that is reserved for fiction, so that a sample never
// rings anywhere.
type town struct {
	city, state, zip string
	area, phone      string
	country          *country
}

var (
	unitedStates = country{"United States", "US", "USD", "+1",
		[...]string{"Maple Avenue", "Oak Street", "2nd Street", "Lake Drive", "Washington Boulevard", "Mill Road"}, false}
	unitedKingdom = country{"United Kingdom", "GB", "GBP", "+44",
		[...]string{"High Street", "Station Road", "Church Lane", "Victoria Road", "King Street", "Park Row"}, false}
	germany = country{"Germany", "DE", "EUR", "+49",
		[...]string{"Hauptstraße", "Gartenweg", "Lindenallee", "Bahnhofstraße", "Am Markt", "Schillerstraße"}, true}
	france = country{"France", "FR", "EUR", "+33",
		[...]string{"rue de la République", "avenue Victor Hugo", "rue des Écoles", "place du Marché", "rue Pasteur", "quai Voltaire"}, false}
	australia = country{"Australia", "AU", "AUD", "+61",
		[...]string{"George Street", "Queen Street", "Beach Road", "Elizabeth Street", "Railway Parade", "Bourke Street"}, false}
	sweden = country{"Sweden", "SE", "SEK", "+46",
		[...]string{"Storgatan", "Kungsgatan", "Skolvägen", "Drottninggatan", "Björkvägen", "Hamngatan"}, true}
)

// Numbers for fiction: 555-0100 to 555-0199 in North America, and the ranges
// that Ofcom, Bundesnetzagentur, ARCEP, ACMA and PTS reserve, for instance
// https://www.ofcom.org.uk/phones-and-broadband/phone-numbers/numbers-for-drama
var towns = [...]town{
	{"Portland", "OR", "972##", "503", "55501##", &unitedStates},
	{"Austin", "TX", "787##", "512", "55501##", &unitedStates},
	{"Chicago", "IL", "606##", "312", "55501##", &unitedStates},
	{"Denver", "CO", "802##", "303", "55501##", &unitedStates},
	{"Boston", "MA", "021##", "617", "55501##", &unitedStates},
	{"Seattle", "WA", "981##", "206", "55501##", &unitedStates},
	{"London", "England", "EC1A #BB", "20", "79460###", &unitedKingdom},
	{"Manchester", "England", "M1 #AE", "161", "4960###", &unitedKingdom},
	{"Edinburgh", "Scotland", "EH1 #YZ", "131", "4960###", &unitedKingdom},
	{"Berlin", "Berlin", "101##", "30", "23125###", &germany},
	{"Hamburg", "Hamburg", "200##", "40", "66969###", &germany},
	{"München", "Bayern", "803##", "89", "99998###", &germany},
	{"Köln", "Nordrhein-Westfalen", "506##", "221", "4710###", &germany},
	{"Paris", "Île-de-France", "7501#", "1", "9900####", &france},
	{"Rennes", "Bretagne", "3500#", "2", "6191####", &france},
	{"Marseille", "Provence-Alpes-Côte d'Azur", "1300#", "4", "6571####", &france},
	{"Sydney", "NSW", "20##", "2", "5550####", &australia},
	{"Melbourne", "VIC", "30##", "3", "5550####", &australia},
	{"Stockholm", "Stockholms län", "111 ##", "8", "465004##", &sweden},
	{"Göteborg", "Västra Götalands län", "411 ##", "31", "39006##", &sweden},
}
