package signing

// Signatures are the texts in m where s has its signature, each the whole value
// of its header or field: one, or for a scheme with several headers or items
// one for each. They are not checked. Of a scheme with alternatives they are
// those of the first that m carries.
func (s *Scheme) Signatures(m *Message) []string {
	for _, a := range s.all() {
		if texts := a.texts(&values{m: m}); len(texts) > 0 {
			return texts
		}
	}
	return nil
}

func (s *Scheme) texts(in *values) []string {
	var texts []string
	add := func(text string, err *Error) {
		if err == nil {
			texts = append(texts, text)
		}
	}
	switch {
	case s.spec.Header != "":
		add(s.signatureValue(in.m))
	case s.each != nil:
		items, _ := s.items(in)
		for i := range items {
			in.item = &items[i]
			add(s.from.read(in))
		}
	case s.spec.From != "":
		add(s.from.read(in))
	default:
		for _, name := range s.several() {
			add(oneHeader(in.m.Header, name))
		}
	}
	return texts
}

// InBody reports whether a signature of s travels in the body, so that signing
// changes it.
func (s *Scheme) InBody() bool { return s.spec.From != "" }
