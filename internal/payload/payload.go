// Package payload makes the bodies that are sent: a sample becomes a fresh
// body, and edits change no byte of a body but those that they are about.
//
// A sample is JSON whose strings may hold placeholders. [Parse] compiles it
// once, [Generator.Payload] fixes what one delivery's values are, and
// [Template.Append] writes the body:
//
//	${uuid}                          a random UUID, version 4
//	${now}                           RFC 3339, UTC, whole seconds
//	${now:unix} ${now:unixms}        numbers, as is ${now:unixfraction}
//	${now:unix:text}                 the same as a string
//	${now:ms} ${now:offset}          with milliseconds; with +00:00 for Z
//	${now:date}                      2006-01-02
//	${now:local} ${now:rfc2822}      without a zone; Mon, 02 Jan 2006 15:04:05 +0000
//	${now:+24h} ${now:-7d:unix}      shifted by days, hours, minutes and seconds
//	${seq}                           a number, which payload of the run this is, from 1
//	${event} ${event:class}          the event type; its text before the last dot
//	${event:action}                  its text behind the last dot
//	${digits:6} ${digits:3-3-3}      decimal digits, in groups joined by - or _
//	${hex:16} ${alnum:10}            lower-case hex digits; letters and digits
//	${int:1:100} ${bool}             a number, both ends included; true or false
//	${int:1:100:text}                the same as a string
//	${pick:a|b|c}                    one of the texts
//	${fake:email}                    sample data, of the kinds below
//	${env:NAME}                      an environment variable, if the caller allows it
//	${body:PATH|PATH}                the value of the first path that the given body has
//	${steps.NAME.body.PATH}          the same of an earlier step, in a flow
//
// A string that is nothing but a placeholder of a number, of a boolean, of the
// body or of a step becomes that JSON value; inside a longer string every placeholder
// is text. $${ stands for a literal ${, and \u0024${uuid} for a dollar sign in
// front of a placeholder.
//
// What is random may carry a label: ${uuid#user} is one value wherever it
// stands in a payload. A label is a thing or a person, not a text, so
// ${fake:name#owner} and ${fake:email#owner} belong to the same person, and
// ${pick:a|b#plan} and ${pick:A|B#plan} pick the same place in their lists.
//
// Nothing here reads a clock, the environment or a source of randomness by
// itself.
//
// The kinds of sample data are name, first_name, last_name, username, email,
// company, slug, domain, url, street, city, state, zip, country, country_code,
// currency, phone and its parts phone_code, phone_area and phone_number, ipv4,
// ipv6, iban, word, sentence, and two that are numbers: amount (whole, in minor
// units) and price (with a fraction). Hosts, e-mail addresses, telephone and
// account numbers are from ranges that are reserved for fiction and
// documentation, since whoever receives a sample may well write to them.
package payload
