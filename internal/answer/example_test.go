package answer_test

import (
	"fmt"

	"github.com/whk-cli/whk/internal/answer"
)

func ExampleParse() {
	script, err := answer.Parse("503x2,delay=6s,200")
	if err != nil {
		fmt.Println(err)
		return
	}
	for n := range 4 {
		fmt.Println(script.At(n))
	}
	// Output:
	// 503
	// 503
	// delay=6s,200
	// delay=6s,200
}
