package payload

import (
	"encoding/json"
	"math/big"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEveryFakeIsJSON(t *testing.T) {
	for _, f := range fakes {
		for seed := range uint64(300) {
			p := testGenerator(seed).Payload(1)
			r := p.random(place{stream: 1})
			text := f.append(nil, &r)
			if len(text) == 0 || !utf8.Valid(text) {
				t.Fatalf("fake:%s made %q", f.name, text)
			}
			if !f.isNumber {
				text = append(append([]byte{'"'}, text...), '"')
			}
			if !json.Valid(text) {
				t.Fatalf("fake:%s made %s, which is not JSON", f.name, text)
			}
		}
	}
}

// Each kind must answer for the same person, company and town.
func TestLabelIsOnePerson(t *testing.T) {
	src := `{"name":"${fake:name#a}","first":"${fake:first_name#a}","last":"${fake:last_name#a}","user":"${fake:username#a}",
		"email":"${fake:email#a}","domain":"${fake:domain#a}","slug":"${fake:slug#a}","url":"${fake:url#a}","company":"${fake:company#a}",
		"phone":"${fake:phone#a}","code":"${fake:phone_code#a}","area":"${fake:phone_area#a}","number":"${fake:phone_number#a}",
		"country":"${fake:country#a}","iso":"${fake:country_code#a}","plan":"${pick:free|pro#a}","title":"${pick:Free|Pro#a}",
		"id":"${digits:3-3#a}","id_":"${digits:3_3#a}","long":"${digits:9#a}"}`
	for seed := range uint64(200) {
		var v map[string]string
		if err := json.Unmarshal([]byte(render(t, src, testGenerator(seed).Payload(1))), &v); err != nil {
			t.Fatal(err)
		}
		for what, ok := range map[string]bool{
			"name":  v["name"] == v["first"]+" "+v["last"],
			"email": v["email"] == v["user"]+"@"+v["domain"],
			"slug":  v["domain"] == v["slug"]+".example" && v["url"] == "https://"+v["domain"]+"/",
			"company": strings.HasPrefix(strings.ReplaceAll(strings.ToLower(v["company"]), " ", "-"),
				v["slug"]+"-"),
			"phone": v["phone"] == v["code"]+" "+v["area"]+" "+v["number"],
			"pick":  strings.EqualFold(v["plan"], v["title"]),
			"id":    strings.ReplaceAll(v["id"], "-", "_") == v["id_"] && !strings.HasPrefix(v["long"], strings.ReplaceAll(v["id"], "-", "")),
		} {
			if !ok {
				t.Fatalf("seed %d: %s does not agree: %v", seed, what, v)
			}
		}
	}
}

func TestIBANChecks(t *testing.T) {
	for seed := range uint64(300) {
		var iban string
		if err := json.Unmarshal([]byte(render(t, `"${fake:iban}"`, testGenerator(seed).Payload(1))), &iban); err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^DE[0-9]{2}0[0-9]{17}$`).MatchString(iban) {
			t.Fatalf("%s is not the IBAN of a bank that can not be", iban)
		}
		n, _ := new(big.Int).SetString(iban[4:]+"1314"+iban[2:4], 10)
		if n.Mod(n, big.NewInt(97)).Int64() != 1 {
			t.Fatalf("%s has wrong check digits", iban)
		}
	}
}

func TestAddressesAreFiction(t *testing.T) {
	for _, w := range append(firstNames[:], lastNames[:]...) {
		if !regexp.MustCompile(`^[a-z]+$`).MatchString(w.plain) {
			t.Errorf("%s has %q in addresses", w.text, w.plain)
		}
	}
	for _, c := range append(companyFirsts[:], companySeconds[:]...) {
		if !regexp.MustCompile(`^[A-Z][a-z]+$`).MatchString(c) {
			t.Errorf("%q makes no host name", c)
		}
	}
	for seed := range uint64(100) {
		p := testGenerator(seed).Payload(1)
		for _, kind := range []string{"email", "domain"} {
			if got := render(t, `"${fake:`+kind+`}"`, p); !strings.HasSuffix(got, `.example"`) {
				t.Errorf("fake:%s made %s", kind, got)
			}
		}
	}
}

func TestEveryFakeIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("payload.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fakes {
		if !regexp.MustCompile(`\b` + f.name + `\b`).Match(doc) {
			t.Errorf("the package comment does not name fake:%s", f.name)
		}
	}
	for _, k := range kinds {
		if !strings.Contains(string(doc), "${"+k.name) {
			t.Errorf("the package comment does not name ${%s}", k.name)
		}
	}
}
