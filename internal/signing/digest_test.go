package signing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"testing"
	"time"
)

// The digests of a body that schemes sign, against their published check values:
// that of CRC-32 is in https://reveng.sourceforge.io/crc-catalogue/17plus.htm
// (0xcbf43926), those of the SHA family are the answers of FIPS 180 to "abc".
func TestDigestsOfTheBody(t *testing.T) {
	for part, tt := range map[string]struct{ body, want string }{
		"body:crc32":  {"123456789", "3421780262"},
		"body:sha1":   {"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
		"body:sha256": {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		"body:sha512": {"abc", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
			"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
	} {
		s := compile(t, Spec{Header: "X-Sig", Algorithm: "hmac-sha256", Signed: []string{"of=", "${" + part + "}"}})
		key := []byte("a secret of twenty-four b")
		fields, err := s.Sign(&Message{Method: "POST", URL: "http://h/", Header: http.Header{}, Body: []byte(tt.body)}, NewSecret(key), time.Unix(1, 0))
		if err != nil {
			t.Fatal(err)
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte("of=" + tt.want))
		if got, want := fields[0].Value, hex.EncodeToString(mac.Sum(nil)); got != want {
			t.Errorf("%s of %q is not %s", part, tt.body, tt.want)
		}
	}
}
