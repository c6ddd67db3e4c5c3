package payload

import (
	"errors"
	"fmt"
	"strconv"
)

// fake is one kind of sample data. append makes a whole JSON value if isNumber
// is set, and text that JSON need not escape otherwise.
type fake struct {
	name     string
	isNumber bool
	append   func(dst []byte, r *random) []byte
}

// One label stands for the same person, company and place in every kind: each
// is chosen by its own bits of the stream's first number.
var fakes = [...]fake{
	{"name", false, func(dst []byte, r *random) []byte {
		n := r.Uint64()
		return append(append(append(dst, firstName(n).text...), ' '), lastName(n).text...)
	}},
	{"first_name", false, func(dst []byte, r *random) []byte { return append(dst, firstName(r.Uint64()).text...) }},
	{"last_name", false, func(dst []byte, r *random) []byte { return append(dst, lastName(r.Uint64()).text...) }},
	{"username", false, func(dst []byte, r *random) []byte { return appendUsername(dst, r.Uint64()) }},
	{"email", false, func(dst []byte, r *random) []byte {
		n := r.Uint64()
		return appendDomain(append(appendUsername(dst, n), '@'), n)
	}},
	{"company", false, func(dst []byte, r *random) []byte { return appendCompany(dst, r.Uint64()) }},
	{"slug", false, func(dst []byte, r *random) []byte { return appendSlug(dst, r.Uint64()) }},
	{"domain", false, func(dst []byte, r *random) []byte { return appendDomain(dst, r.Uint64()) }},
	{"url", false, func(dst []byte, r *random) []byte {
		return append(appendDomain(append(dst, "https://"...), r.Uint64()), '/')
	}},
	{"street", false, func(dst []byte, r *random) []byte { return appendStreet(dst, r) }},
	{"city", false, func(dst []byte, r *random) []byte { return append(dst, townOf(r.Uint64()).city...) }},
	{"state", false, func(dst []byte, r *random) []byte { return append(dst, townOf(r.Uint64()).state...) }},
	{"zip", false, func(dst []byte, r *random) []byte {
		town := townOf(r.Uint64())
		return appendDigits(dst, town.zip, r)
	}},
	{"country", false, func(dst []byte, r *random) []byte { return append(dst, townOf(r.Uint64()).country.name...) }},
	{"country_code", false, func(dst []byte, r *random) []byte { return append(dst, townOf(r.Uint64()).country.code...) }},
	{"currency", false, func(dst []byte, r *random) []byte { return append(dst, townOf(r.Uint64()).country.currency...) }},
	{"phone", false, appendPhone},
	{"phone_code", false, func(dst []byte, r *random) []byte { return append(dst, townOf(r.Uint64()).country.dial...) }},
	{"phone_area", false, func(dst []byte, r *random) []byte { return append(dst, townOf(r.Uint64()).area...) }},
	{"phone_number", false, appendPhoneNumber},
	{"ipv4", false, appendIPv4},
	{"ipv6", false, func(dst []byte, r *random) []byte {
		return appendHex(append(dst, "2001:db8::"...), 0x1000+r.below(0xf000), 4)
	}},
	{"iban", false, appendIBAN},
	{"amount", true, func(dst []byte, r *random) []byte { return strconv.AppendUint(dst, 500+r.below(250)*100, 10) }},
	{"price", true, appendPrice},
	{"word", false, func(dst []byte, r *random) []byte { return append(dst, words[r.below(uint64(len(words)))]...) }},
	{"sentence", false, appendSentence},
}

func compileFake(arg string, at place) (writer, bool, error) {
	if arg == "" {
		return nil, false, errors.New("needs a kind, as in fake:email")
	}
	names := make([]string, len(fakes))
	for i := range fakes {
		f := &fakes[i]
		if f.name == arg {
			return func(dst []byte, p *Payload) ([]byte, error) {
				r := p.random(at)
				return f.append(dst, &r), nil
			}, at.whole && f.isNumber, nil
		}
		names[i] = f.name
	}
	return nil, false, fmt.Errorf("%q is not a kind of sample data%s", arg, suggest(arg, names))
}

func firstName(n uint64) *word { return &firstNames[n&0xffff%uint64(len(firstNames))] }
func lastName(n uint64) *word  { return &lastNames[n>>16&0xffff%uint64(len(lastNames))] }
func townOf(n uint64) *town    { return &towns[n>>48%uint64(len(towns))] }

func companyOf(n uint64) (first, second string) {
	n = n >> 32 & 0xffff
	half := uint64(len(companySeconds))
	return companyFirsts[n/half%uint64(len(companyFirsts))], companySeconds[n%half]
}

func appendUsername(dst []byte, n uint64) []byte {
	return append(append(append(dst, firstName(n).plain...), '.'), lastName(n).plain...)
}

func appendCompany(dst []byte, n uint64) []byte {
	first, second := companyOf(n)
	dst = append(append(append(dst, first...), ' '), second...)
	return append(append(dst, ' '), companyForms[n>>40%uint64(len(companyForms))]...)
}

func appendSlug(dst []byte, n uint64) []byte {
	first, second := companyOf(n)
	return appendLower(append(appendLower(dst, first), '-'), second)
}

// appendDomain makes a name that belongs to nobody: RFC 2606, section 2.
func appendDomain(dst []byte, n uint64) []byte { return append(appendSlug(dst, n), ".example"...) }

func appendLower(dst []byte, ascii string) []byte {
	for i := range len(ascii) {
		b := ascii[i]
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		dst = append(dst, b)
	}
	return dst
}

func appendStreet(dst []byte, r *random) []byte {
	country := townOf(r.Uint64()).country
	street := country.streets[r.below(uint64(len(country.streets)))]
	number := 1 + r.below(180)
	if country.numberLast {
		return strconv.AppendUint(append(append(dst, street...), ' '), number, 10)
	}
	return append(append(strconv.AppendUint(dst, number, 10), ' '), street...)
}

func appendPhone(dst []byte, r *random) []byte {
	town := townOf(r.Uint64())
	dst = append(append(dst, town.country.dial...), ' ')
	dst = append(append(dst, town.area...), ' ')
	return appendDigits(dst, town.phone, r)
}

func appendPhoneNumber(dst []byte, r *random) []byte {
	return appendDigits(dst, townOf(r.Uint64()).phone, r)
}

// appendIPv4 takes an address of the three documentation networks, RFC 5737.
func appendIPv4(dst []byte, r *random) []byte {
	networks := [...]string{"192.0.2.", "198.51.100.", "203.0.113."}
	dst = append(dst, networks[r.below(uint64(len(networks)))]...)
	return strconv.AppendUint(dst, 1+r.below(254), 10)
}

// appendIBAN makes a German IBAN with right check digits (ISO 13616), for a
// bank code that begins with 0, as no bank's does.
func appendIBAN(dst []byte, r *random) []byte {
	bank, account := r.below(10_000_000), r.below(10_000_000_000)
	// The check digits make the number "bank account DE cc" leave 1 when
	// divided by 97, where D is 13 and E is 14. It has seven digits of bank at
	// most, so bank and account fit a uint64.
	rest := ((bank*10_000_000_000+account)%97*1_000_000 + 131400) % 97
	dst = append(dst, 'D', 'E')
	dst = appendPadded(dst, 98-rest, 2)
	return appendPadded(appendPadded(dst, bank, 8), account, 10)
}

func appendPadded(dst []byte, v uint64, width int) []byte {
	for unit := pow10(width - 1); unit > 0; unit /= 10 {
		dst = append(dst, '0'+byte(v/unit%10))
	}
	return dst
}

func pow10(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// appendPrice makes a decimal with a fraction that does not end in zero, so
// that programs that read and write it as a float leave it as it is.
func appendPrice(dst []byte, r *random) []byte {
	ends := [...]string{".5", ".9", ".95", ".99", ".25", ".75"}
	return append(strconv.AppendUint(dst, 4+r.below(296), 10), ends[r.below(uint64(len(ends)))]...)
}

func appendSentence(dst []byte, r *random) []byte {
	start := len(dst)
	for i := range 5 + r.below(6) {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, words[r.below(uint64(len(words)))]...)
	}
	dst[start] -= 'a' - 'A'
	return append(dst, '.')
}
