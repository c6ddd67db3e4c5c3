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
	{code: "json-java", rank: 42, title: "compact JSON with its numbers as Java prints them", numbers: javaNumber, strings: plainStrings},
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
}
