package sandboxtest

import "github.com/chaperone-dev/chaperone/internal/engine/sandbox"

const (
	// RuleID is the id of the rule of NewSource.
	RuleID = "organisation.tested"
	// Passing is the body of a rule without a fault.
	Passing = "deny contains {} if input.spec.name == \"\"\n"
	// EndlessLoop is the body of a rule that can be stopped between two of its steps, and takes hours.
	EndlessLoop = `deny contains {} if {
	some x in numbers.range(1, 100000)
	some y in numbers.range(1, 100000)
	x * y == -1
}
`
	// Metadata is a METADATA block with all that a rule must have.
	Metadata = `# METADATA
# title: A short title
# description: What is required, of whom, and when.
# custom:
#   remedy: Do what is required.
`
)

// NewSource returns a source with one module. Its package, organisation.tested, has the METADATA of a rule and the body.
func NewSource(body string) sandbox.Source {
	return sandbox.Source{Policy: "shop", Modules: []sandbox.Text{
		{Name: "tested.rego", Rego: Metadata + "package organisation.tested\n\n" + body},
	}}
}

// NewLibrary returns a module of a library, organisation.lib.<name>, with the body.
func NewLibrary(name, body string) sandbox.Text {
	return sandbox.Text{Name: name + ".rego", Rego: "package organisation.lib." + name + "\n\n" + body}
}

// AddModules appends modules to a source.
func AddModules(s sandbox.Source, modules ...sandbox.Text) sandbox.Source {
	s.Modules = append(s.Modules, modules...)
	return s
}
