package shape

import (
	"fmt"
	"regexp"
	"slices"
)

// Markup describes answers in XML in which a messaging service reads messages to the person, such as TwiML. Everything that is not listed is
// refused, apart from attributes, whose values are inspected as texts. The statement is a message of its own before the first one.
type Markup struct {
	// Types lists the media types of the answers.
	Types List `json:"types"`
	// Root is the name of the outermost element.
	Root string `json:"root"`
	// Messages lists the elements in Root that are messages. The statement is an element with the first name.
	Messages List `json:"messages"`
	// Parts lists the elements that a message can have.
	Parts List `json:"parts,omitempty"`
	// Apart lists those of Parts whose texts people do not see beside those of the message, such as the address of a picture. Each of them is
	// inspected by itself.
	Apart List `json:"apart,omitempty"`
	// Elsewhere lists the attributes with which a message goes to somebody else than the person who has written. Such an answer is refused:
	// nothing would say whether that person has seen the statement.
	Elsewhere List `json:"elsewhere,omitempty"`
	// Keeps lists the attributes that are not inspected if they consist of letters, digits, +, /, =, -, _ and colons, such as the number
	// of the bot.
	Keeps List `json:"keeps,omitempty"`
}

// xmlName matches names of elements and attributes without a namespace.
var xmlName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// checkForms checks what describes answers of an app to a messaging service in other forms than JSON.
func (c *documentCheck) checkForms(at string, d Document) {
	if c.of != OfAnswer && (len(d.Texts) > 0 || d.XML != nil) {
		c.add(at, "only an answer can be a plain text or XML", "Remove texts and xml.")
		return
	}
	taken := []string{"application/json", d.MediaType}
	taken = c.checkTypes(at+".texts", d.Texts, taken)
	if d.XML == nil {
		return
	}
	checkList(c.faults, at+".xml.types", d.XML.Types)
	c.checkTypes(at+".xml.types", d.XML.Types, taken)
	checkList(c.faults, at+".xml.messages", d.XML.Messages)
	c.addIf(!isSubset(d.XML.Apart, d.XML.Parts), at+".xml.apart", "it lists an element that is not in parts", "Add the element to parts, too.")
	for _, names := range []List{{d.XML.Root}, d.XML.Messages, d.XML.Parts, d.XML.Elsewhere, d.XML.Keeps} {
		for _, name := range names {
			c.addIf(!xmlName.MatchString(name), at+".xml", fmt.Sprintf("%q is not the name of an element or attribute", name),
				"Write a name without a namespace.")
		}
	}
}

// checkTypes checks media types, each of which stands once. It returns them after those that are taken.
func (c *documentCheck) checkTypes(where string, types, taken []string) []string {
	for _, name := range types {
		c.addIf(!mediaType.MatchString(name), where, fmt.Sprintf("%q is not a media type", name), "Write it in lower case and without parameters.")
		c.addIf(slices.Contains(taken, name), where, fmt.Sprintf("%q has another meaning already", name), "Name each media type once.")
		taken = append(slices.Clone(taken), name)
	}
	return taken
}

// isRead reports whether the answers of the document can have the media type besides JSON.
func (d *Document) isRead(mediaType string) bool {
	return slices.Contains(d.Texts, mediaType) || d.XML != nil && slices.Contains(d.XML.Types, mediaType)
}
