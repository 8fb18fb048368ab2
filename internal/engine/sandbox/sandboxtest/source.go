package sandboxtest

import "github.com/chaperone-dev/chaperone/internal/engine/sandbox"

const (
	// RuleID is the ID of the rule in the sources of NewSource.
	RuleID = "organisation.tested"
	// Passing is the body of a rule that compiles and finds nothing in a declaration with a name.
	Passing = "deny contains {} if input.spec.name == \"\"\n"
	// EndlessLoop is the body of a rule that takes hours. Its evaluation has many steps, so it can be canceled.
	EndlessLoop = `deny contains {} if {
	some x in numbers.range(1, 100000)
	some y in numbers.range(1, 100000)
	x * y == -1
}
`
	// Metadata is a METADATA block with all required members.
	Metadata = `# METADATA
# title: A short title
# description: What is required, of whom, and when.
# custom:
#   remedy: Do what is required.
`
)

// NewSource returns a source with one module: Metadata, the package organisation.tested, and the body.
func NewSource(body string) sandbox.Source {
	return sandbox.Source{Policy: "shop", Modules: []sandbox.Text{
		{Name: "tested.rego", Rego: Metadata + "package organisation.tested\n\n" + body},
	}}
}

// NewLibrary returns a module with the package organisation.lib.<name> and the body.
func NewLibrary(name, body string) sandbox.Text {
	return sandbox.Text{Name: name + ".rego", Rego: "package organisation.lib." + name + "\n\n" + body}
}

// AddModules returns the source with the modules appended to its own.
func AddModules(s sandbox.Source, modules ...sandbox.Text) sandbox.Source {
	s.Modules = append(s.Modules, modules...)
	return s
}
