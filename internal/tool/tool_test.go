package tool

import "testing"

func TestFind(t *testing.T) {
	const missing = "whk-has-no-such-tool"
	t.Setenv(variable, "")
	if path, err := Find("go"); path == "" || err != nil {
		t.Errorf("go is %q, %v", path, err)
	}
	if path, err := Find(missing); path != "" || err != nil {
		t.Errorf("a missing tool is %q, %v", path, err)
	}
	t.Setenv(variable, "required")
	if path, err := Find(missing); path != "" || err == nil {
		t.Errorf("a missing tool that is required is %q, %v", path, err)
	}
}
