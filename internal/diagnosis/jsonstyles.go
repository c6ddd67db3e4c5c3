package diagnosis

// How programs escape strings.
var (
	plainStrings  = &stringStyle{}
	asciiStrings  = &stringStyle{ascii: true, del: true}
	phpStrings    = &stringStyle{ascii: true, slash: true}
	slashStrings  = &stringStyle{slash: true, lines: true}
	goStrings     = &stringStyle{escaped: "<>&", lines: true}
	gsonStrings   = &stringStyle{escaped: "<>&='", lines: true}
	dotnetStrings = &stringStyle{ascii: true, upper: true, quote: true, del: true, escaped: "<>&'+`"}
	phpASCII      = &stringStyle{ascii: true}
	upperASCII    = &stringStyle{ascii: true, upper: true}
	hexStrings    = &stringStyle{ascii: true, slash: true, quote: true, shouted: true, escaped: "<>&'"}
	atStrings     = &stringStyle{ascii: true, slash: true, shouted: true, escaped: "<%@"}
	upperStrings  = &stringStyle{upper: true}
	lineStrings   = &stringStyle{lines: true, next: true}
)

const (
	fixColumn = "keep the body as text or bytes beside the column for JSON, which keeps neither its order nor its blanks, and sign and check that"
	fixTimes  = "check the bytes that arrived, before any parser; where JSON must be parsed first, with DateParseHandling.None"
)

// jsonStyles are in the order in which they are tried: of two that print the
// same bytes, the first one is told.
var jsonStyles = []jsonStyle{
	{code: "json-compact", rank: 20, title: "compact JSON, as JSON.stringify prints it"},
	{code: "json-compact", rank: 21, title: "compact JSON with its strings and numbers written anew, as JSON.stringify prints it", order: scriptOrder, numbers: scriptNumber, strings: plainStrings},
	{code: "json-compact", rank: 21, title: "compact JSON without needless escapes in its strings", strings: plainStrings},
	{code: "json-python", rank: 22, title: "JSON with blanks after commas and colons, as Python's json.dumps prints it", comma: ", ", colon: ": ", numbers: pythonNumber, strings: asciiStrings},
	{code: "json-python-utf8", rank: 23, title: "JSON with blanks after commas and colons, as Python's json.dumps(ensure_ascii=False) prints it", comma: ", ", colon: ": ", numbers: pythonNumber, strings: plainStrings},
	{code: "json-spaced", rank: 24, title: "JSON with blanks after commas and colons", comma: ", ", colon: ": "},
	{code: "json-indent-2", rank: 25, title: "JSON indented by 2 blanks", colon: ": ", indent: "  "},
	{code: "json-indent-4", rank: 26, title: "JSON indented by 4 blanks", colon: ": ", indent: "    "},
	{code: "json-indent-tab", rank: 27, title: "JSON indented by a tab", colon: ": ", indent: "\t"},
	{code: "json-php", rank: 28, title: `compact JSON with \/ and \u escapes, as PHP's json_encode prints it`, numbers: phpNumber, strings: phpStrings},
	{code: "json-php-slashes", rank: 29, title: `compact JSON with \/, as PHP's json_encode with JSON_UNESCAPED_UNICODE prints it`, numbers: phpNumber, strings: slashStrings},
	{code: "json-php-unicode", rank: 30, title: `compact JSON with \u escapes, as PHP's json_encode with JSON_UNESCAPED_SLASHES prints it`, numbers: phpNumber, strings: phpASCII},
	{code: "json-python-compact", rank: 31, title: `compact JSON with \u escapes, as Python's json.dumps(separators=(",", ":")) prints it`, numbers: pythonNumber, strings: asciiStrings},
	{code: "json-python-compact-utf8", rank: 32, title: `compact JSON, as Python's json.dumps(separators=(",", ":"), ensure_ascii=False) prints it`, numbers: pythonNumber, strings: plainStrings},
	{code: "json-sorted", rank: 33, title: "compact JSON with its keys sorted", order: sortedOrder},
	{code: "json-sorted", rank: 34, title: "compact JSON with its keys sorted and its strings and numbers written anew", order: sortedOrder, numbers: scriptNumber, strings: plainStrings},
	{code: "json-python-sorted", rank: 35, title: "sorted JSON, as Python's json.dumps(sort_keys=True) prints it", comma: ", ", colon: ": ", order: sortedOrder, numbers: pythonNumber, strings: asciiStrings},
	{code: "json-python-sorted-compact", rank: 36, title: `sorted compact JSON, as Python's json.dumps(sort_keys=True, separators=(",", ":")) prints it`, order: sortedOrder, numbers: pythonNumber, strings: asciiStrings},
	{code: "json-python-sorted-utf8", rank: 36, title: "sorted JSON, as Python's json.dumps(sort_keys=True, ensure_ascii=False) prints it", comma: ", ", colon: ": ", order: sortedOrder, numbers: pythonNumber, strings: plainStrings},
	{code: "json-go", rank: 37, title: "compact JSON with < > & escaped and its keys sorted, as Go's json.Marshal prints a map", order: sortedOrder, numbers: goNumber, strings: goStrings},
	{code: "json-html", rank: 38, title: "compact JSON with < > & escaped, as Go's json.Marshal and Rails print it", strings: goStrings},
	{code: "json-html-numbers", rank: 39, title: "compact JSON with < > & escaped and its numbers written anew, as Go's json.Marshal prints a struct", numbers: goNumber, strings: goStrings},
	{code: "json-gson", rank: 40, title: "compact JSON with < > & = ' escaped, as Gson prints it", strings: gsonStrings},
	{code: "json-dotnet", rank: 41, title: `compact JSON with upper-case \u escapes, as System.Text.Json prints it`, strings: dotnetStrings},
	{code: "json-dotnet-indent-2", rank: 41, title: `JSON indented by 2 blanks with upper-case \u escapes, as System.Text.Json prints it`, colon: ": ", indent: "  ", strings: dotnetStrings},
	{code: "json-java", rank: 42, title: "compact JSON with its numbers as Java prints them", numbers: javaNumber, strings: upperStrings},
	{code: "json-python-indent-2", rank: 43, title: "indented JSON, as Python's json.dumps(indent=2) prints it", colon: ": ", indent: "  ", numbers: pythonNumber, strings: asciiStrings},
	{code: "json-python-indent-4", rank: 44, title: "indented JSON, as Python's json.dumps(indent=4) prints it", colon: ": ", indent: "    ", numbers: pythonNumber, strings: asciiStrings},
	{code: "json-python-indent-4-sorted", rank: 45, title: "sorted indented JSON, as Python's json.dumps(indent=4, sort_keys=True) prints it", colon: ": ", indent: "    ", order: sortedOrder, numbers: pythonNumber, strings: asciiStrings},
	{code: "json-indent-2", rank: 46, title: "JSON indented by 2 blanks with its strings and numbers written anew, as JSON.stringify(value, null, 2) prints it", colon: ": ", indent: "  ", order: scriptOrder, numbers: scriptNumber, strings: plainStrings},
	{code: "json-indent-4", rank: 46, title: "JSON indented by 4 blanks with its strings and numbers written anew, as JSON.stringify(value, null, 4) prints it", colon: ": ", indent: "    ", order: scriptOrder, numbers: scriptNumber, strings: plainStrings},
	{code: "json-indent-tab", rank: 46, title: `JSON indented by a tab with its strings and numbers written anew, as JSON.stringify(value, null, "\t") prints it`, colon: ": ", indent: "\t", order: scriptOrder, numbers: scriptNumber, strings: plainStrings},
	{code: "json-sorted-indent-2", rank: 47, title: "sorted JSON indented by 2 blanks", colon: ": ", indent: "  ", order: sortedOrder},
	{code: "json-php-pretty", rank: 48, title: "indented JSON, as PHP's json_encode with JSON_PRETTY_PRINT prints it", colon: ": ", indent: "    ", numbers: phpNumber, strings: phpStrings},
	{code: "json-php-arrays", rank: 49, title: "compact JSON whose empty objects became [], as PHP's json_encode prints what json_decode made an array", numbers: phpNumber, strings: phpStrings, noMaps: true},
	{code: "json-php-arrays", rank: 49, title: "compact JSON whose empty objects became [], as PHP's json_encode prints what json_decode made an array, without escapes", numbers: phpNumber, strings: plainStrings, noMaps: true},
	{code: "json-unicode-upper", rank: 50, title: `compact JSON with upper-case \u escapes`, strings: upperASCII},
	{code: "json-slashes", rank: 51, title: `JSON as it stands, compact, with \/ for /`, strings: &stringStyle{slash: true}},
	{code: "json-numbers", rank: 52, title: "compact JSON with its numbers written anew as 64-bit floats", numbers: scriptNumber},
	{code: "json-python-numbers", rank: 53, title: "compact JSON with its numbers written anew as Python prints them", numbers: pythonNumber},

	{code: "json-jackson-pretty", rank: 54, title: `indented JSON with "key" : value and arrays on one line, as Jackson's DefaultPrettyPrinter prints it`, colon: " : ", indent: "  ", layout: jacksonLayout},
	{code: "json-jackson-pretty", rank: 55, title: `indented JSON with "key" : value, arrays on one line and its numbers written anew, as Jackson's DefaultPrettyPrinter prints it`, colon: " : ", indent: "  ", layout: jacksonLayout, numbers: javaNumber, strings: upperStrings},
	{code: "json-jackson-pretty-crlf", rank: 56, title: `indented JSON with "key" : value, arrays on one line and CRLF, as Jackson's DefaultPrettyPrinter prints it on Windows`, colon: " : ", indent: "  ", line: "\r\n", layout: jacksonLayout},
	{code: "json-indent-2-crlf", rank: 56, title: "JSON indented by 2 blanks with CRLF, as .NET prints it on Windows", colon: ": ", indent: "  ", line: "\r\n"},
	{code: "json-newtonsoft", rank: 57, title: "compact JSON with its numbers written anew, as Newtonsoft.Json prints it", numbers: dotnetNumber, strings: lineStrings},
	{code: "json-newtonsoft-indent-2", rank: 58, title: "JSON indented by 2 blanks with its numbers written anew, as Newtonsoft.Json's Formatting.Indented prints it", colon: ": ", indent: "  ", numbers: dotnetNumber, strings: lineStrings},
	{code: "json-newtonsoft-indent-2-crlf", rank: 59, title: "JSON indented by 2 blanks with CRLF and its numbers written anew, as Newtonsoft.Json's Formatting.Indented prints it on Windows", colon: ": ", indent: "  ", line: "\r\n", numbers: dotnetNumber, strings: lineStrings},
	{code: "json-dotnet-indent-2-crlf", rank: 59, title: `JSON indented by 2 blanks with upper-case \u escapes and CRLF, as System.Text.Json prints it on Windows`, colon: ": ", indent: "  ", line: "\r\n", strings: dotnetStrings},
	{code: "json-gson-pretty", rank: 58, title: "JSON indented by 2 blanks with < > & = ' escaped, as Gson's setPrettyPrinting prints it", colon: ": ", indent: "  ", strings: gsonStrings},
	{code: "json-gson-pretty", rank: 59, title: "JSON indented by 2 blanks with < > & = ' escaped and without what is null, as Gson's setPrettyPrinting prints it", colon: ": ", indent: "  ", strings: gsonStrings, noNulls: true},
	{code: "json-html-indent-2", rank: 58, title: "JSON indented by 2 blanks with < > & escaped, as Go's json.MarshalIndent prints it", colon: ": ", indent: "  ", strings: goStrings},
	{code: "json-go-indent-2", rank: 59, title: "JSON indented by 2 blanks with < > & escaped and its keys sorted, as Go's json.MarshalIndent prints a map", colon: ": ", indent: "  ", order: sortedOrder, numbers: goNumber, strings: goStrings},
	{code: "json-ruby", rank: 60, title: "compact JSON with its numbers written anew, as Ruby's to_json prints it", numbers: rubyNumber, strings: plainStrings},
	{code: "json-ruby-pretty", rank: 61, title: "indented JSON with its numbers written anew, as Ruby's JSON.pretty_generate prints it", colon: ": ", indent: "  ", numbers: rubyNumber, strings: plainStrings},
	{code: "json-ruby-pretty", rank: 62, title: "indented JSON with line breaks in what is empty, as the JSON.pretty_generate of older Rubies prints it", colon: ": ", indent: "  ", layout: rubyLayout, numbers: rubyNumber, strings: plainStrings},
	{code: "json-rails", rank: 62, title: "compact JSON with < > & escaped and its numbers written anew, as Rails' to_json prints it", numbers: rubyNumber, strings: goStrings},
	{code: "json-rust", rank: 63, title: "compact JSON with its numbers written anew, as Rust's serde_json prints a struct", numbers: rustNumber, strings: plainStrings},
	{code: "json-rust-sorted", rank: 64, title: "sorted compact JSON with its numbers written anew, as Rust's serde_json prints a Value", order: sortedOrder, numbers: rustNumber, strings: plainStrings},
	{code: "json-rust-sorted-indent-2", rank: 65, title: "sorted JSON indented by 2 blanks with its numbers written anew, as Rust's serde_json::to_string_pretty prints a Value", colon: ": ", indent: "  ", order: sortedOrder, numbers: rustNumber, strings: plainStrings},
	{code: "json-jsonb", rank: 66, title: "JSON with blanks after commas and colons and its shorter keys first, as PostgreSQL's jsonb and MySQL give it back", fix: fixColumn, comma: ", ", colon: ": ", order: lengthOrder, numbers: databaseNumber, strings: plainStrings},
	{code: "json-jsonb-compact", rank: 67, title: "compact JSON with its shorter keys first: it went through PostgreSQL's jsonb, or MySQL, and was printed anew", fix: fixColumn, order: lengthOrder, numbers: scriptNumber, strings: plainStrings},
	{code: "json-java-hash", rank: 68, title: "compact JSON with its keys in the order of a Java HashMap, as org.json's JSONObject prints it", order: hashOrder, strings: plainStrings},
	{code: "json-java-hash", rank: 69, title: "compact JSON with its keys in the order of a Java HashMap and its numbers as Java prints them", order: hashOrder, numbers: javaNumber, strings: upperStrings},
	{code: "json-no-nulls", rank: 70, title: "compact JSON without the fields that are null: a parser with a class of its own adds them, and a printer may leave them out", noNulls: true},
	{code: "json-times", rank: 71, title: "compact JSON with its times to the millisecond: a parser that takes texts for times, such as Newtonsoft.Json's, drops the zeros at their end", fix: fixTimes, times: true},
	{code: "json-gson", rank: 72, title: "compact JSON with < > & = ' escaped and all numbers as doubles, as Gson prints a Map", numbers: javaDouble, strings: gsonStrings, noNulls: true},
	{code: "json-perl-pretty", rank: 73, title: `JSON indented by 3 blanks with "key" : value and sorted keys, as Perl's JSON->pretty->canonical prints it`, colon: " : ", indent: "   ", order: sortedOrder},
	{code: "json-perl-pretty", rank: 74, title: `JSON indented by 3 blanks with "key" : value, as Perl's JSON->pretty prints it`, colon: " : ", indent: "   "},
	{code: "json-spaced-colons", rank: 75, title: `JSON indented by 2 blanks with "key" : value, as Jackson with an array indenter and Swift print it`, colon: " : ", indent: "  "},
	{code: "json-colon-blank", rank: 76, title: "JSON with blanks after colons and none after commas", colon: ": "},
	{code: "json-php-plain", rank: 77, title: `compact JSON without escapes, as PHP's json_encode with JSON_UNESCAPED_SLASHES and JSON_UNESCAPED_UNICODE prints it`, numbers: phpNumber, strings: &stringStyle{lines: true}},
	{code: "json-php-pretty", rank: 78, title: `indented JSON without escapes, as PHP's json_encode with JSON_PRETTY_PRINT, JSON_UNESCAPED_SLASHES and JSON_UNESCAPED_UNICODE prints it`, colon: ": ", indent: "    ", numbers: phpNumber, strings: &stringStyle{lines: true}},
	{code: "json-php-pretty", rank: 79, title: "indented JSON whose empty objects became [], as PHP's json_encode with JSON_PRETTY_PRINT prints an array", colon: ": ", indent: "    ", numbers: phpNumber, strings: phpStrings, noMaps: true},
	{code: "json-unicode", rank: 50, title: `compact JSON with \u escapes`, strings: phpASCII},
	{code: "json-unicode-slashes", rank: 51, title: `compact JSON with \/ and \u escapes`, strings: phpStrings},
	{code: "json-php-hex", rank: 54, title: `compact JSON with \/ and \u escapes for < > & ' " too, as PHP's json_encode with the options JSON_HEX_ and Symfony's JsonResponse print it`, numbers: phpNumber, strings: hexStrings},
	{code: "json-php-hex", rank: 55, title: `compact JSON with \/ and \u escapes for < > & ' " too and [] for empty objects, as Symfony's JsonResponse prints an array`, numbers: phpNumber, strings: hexStrings, noMaps: true},
	{code: "json-at-signs", rank: 55, title: `compact JSON with \/ and \u escapes for < % @ too, as some messengers print it`, strings: atStrings},
}
