package dialect

// AnswerRewriter reads and writes documents of one form that a chatbot answers with.
type AnswerRewriter interface {
	// RewriteAnswer checks, rewrites and appends a document. After an error the bytes appended to dst must not be used.
	RewriteAnswer(dst, body []byte, v Visitor) ([]byte, error)
}

// Failures finds the form of error responses. A chatbot, its framework and the servers in front of it write errors in forms that its Format
// does not have, such as a page of HTML.
type Failures interface {
	// Find returns what reads an error response with this Content-Type, or nil if nothing can.
	Find(contentType string) AnswerRewriter
}
