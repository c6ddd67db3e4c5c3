package signing

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"
)

func TestStreamedBodyIsTheSame(t *testing.T) {
	for _, size := range []int{0, 1, streamPiece - 1, streamPiece, streamPiece + 1, 3 * streamPiece} {
		body := bytes.Repeat([]byte("0123456789\n"), size/11+1)[:size]
		s, err := Compile(Spec{Header: "X-Sig", Algorithm: "hmac-sha256", Encoding: "hex"})
		if err != nil || !s.Streams() {
			t.Fatal(err)
		}
		key := secret("a secret of some length")
		whole, err := s.Sign(&Message{Body: body}, key, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		streamed := &Message{BodyFrom: io.NewSectionReader(bytes.NewReader(body), 0, int64(size))}
		fields, err := s.Sign(streamed, key, time.Now())
		if err != nil || fields[0] != whole[0] {
			t.Errorf("%d bytes: %v, %v; want %v", size, fields, err, whole)
		}
		v, err := s.Verifier([]Secret{key}, -1)
		if err != nil {
			t.Fatal(err)
		}
		streamed.Header = http.Header{"X-Sig": {whole[0].Value}}
		if _, err := v.Verify(streamed, time.Now()); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		if size == 0 {
			continue
		}
		body[size-1] ^= 1
		if _, err := v.Verify(streamed, time.Now()); AsError(err) == nil || AsError(err).Reason != Mismatch {
			t.Errorf("%d bytes, the last one changed: %v", size, err)
		}
	}
}

type halfReader struct{}

func (halfReader) ReadAt(p []byte, at int64) (int, error) {
	if at > 0 {
		return 0, errors.New("the disk is gone")
	}
	return len(p), nil
}

func TestStreamedBodyThatBreaks(t *testing.T) {
	s, err := Compile(Spec{Header: "X-Sig", Algorithm: "hmac-sha256"})
	if err != nil {
		t.Fatal(err)
	}
	m := &Message{BodyFrom: io.NewSectionReader(halfReader{}, 0, 2*streamPiece)}
	if fields, err := s.Sign(m, secret("a secret of some length"), time.Now()); err == nil {
		t.Errorf("half a body is signed: %v", fields)
	}
}

func TestStreams(t *testing.T) {
	for name, spec := range map[string]Spec{
		"key pair":       {Header: "X", Algorithm: "ed25519", Key: "hex"},
		"static":         {Header: "X", Algorithm: "static"},
		"time in it":     {Header: "X", Algorithm: "hmac-sha256", Timestamp: &ClockSpec{From: "json:at"}},
		"ID in it":       {Header: "X", Algorithm: "hmac-sha256", ID: "json:id", Signed: []string{"${id}", ".", "${body}"}},
		"a field of it":  {Header: "X", Algorithm: "hmac-sha256", Signed: []string{"${json:id}"}},
		"a digest of it": {Header: "X", Algorithm: "hmac-sha256", Signed: []string{"${body:sha256}"}},
	} {
		s, err := Compile(spec)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.Streams() {
			t.Errorf("%s is streamed", name)
		}
	}
}
