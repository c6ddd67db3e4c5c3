package diagnosis

import "bytes"

// RawBodies says how the frameworks give the bytes that arrived.
const RawBodies = "Express: express.raw(); Next.js: await request.text(); NestJS: rawBody: true; Django: request.body; Flask: request.get_data(); " +
	"Rails: request.raw_post; Laravel: $request->getContent(); Spring: @RequestBody byte[]; ASP.NET Core: EnableBuffering(); " +
	"Lambda: event.body, from base64 if isBase64Encoded"

// How they do it by language.
const (
	rawInPython = "Django: request.body; Flask: request.get_data(); FastAPI: await request.body()"
	rawInPHP    = `PHP: file_get_contents("php://input"); Laravel and Symfony: $request->getContent()`
	rawInJava   = "Spring: @RequestBody byte[], and no filter before it that reads the parameters"
	rawInDotnet = "ASP.NET Core: Request.EnableBuffering(), the bytes of Request.Body, and then its Position set to 0"
)

// rawBodies is RawBodies for the language that a printed body looks like, all of
// it where it looks like none.
func rawBodies(printed []byte) string {
	b := printed[:min(len(printed), 64<<10)]
	has := func(text string) bool { return bytes.Contains(b, []byte(text)) }
	switch {
	case has(`\u0022`), has(`\u002B`), has("\r\n  \""):
		return rawInDotnet
	case has(`\/`):
		return rawInPHP
	case has(`" : `):
		return rawInJava
	case has(`, "`) && has(`": `) && !has("\n"):
		return rawInPython
	}
	return RawBodies
}
