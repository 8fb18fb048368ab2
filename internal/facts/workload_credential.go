package facts

import (
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// urlPassword matches the beginning of a URL with a password, from `://` to `@`, and captures the password.
var urlPassword = regexp.MustCompile(`://[^/?#\s@:]*:([^/?#\s@]+)@`)

// addLiterals adds the names of the container's environment variables and arguments that have a literal value which can be a credential. It
// keeps no value. field is the JSON path of the container.
func (f *Workload) addLiterals(field string, c *corev1.Container) {
	for i := range c.Env {
		f.addLiteral(field+".env", c.Env[i].Name, c.Env[i].Value)
	}
	f.addArguments(field+".command", c.Command)
	f.addArguments(field+".args", c.Args)
}

// addArguments adds the flags with a value among the arguments: `--name=value` or `--name value`. Of an argument that belongs to no flag,
// it adds only a URL with a password.
func (f *Workload) addArguments(field string, arguments []string) {
	for i, argument := range arguments {
		name, value, hasValue := strings.Cut(argument, "=")
		isFlag := strings.HasPrefix(argument, "-")
		switch {
		case isFlag && hasValue:
			f.addLiteral(field, name, value)
		case isFlag && i+1 < len(arguments) && !strings.HasPrefix(arguments[i+1], "-"):
			f.addLiteral(field, argument, arguments[i+1])
		// After a flag without `=`, an argument is the value of that flag, which the case above adds.
		case !isFlag && hasURLPassword(argument) && (i == 0 || !isFlagWithoutValue(arguments[i-1])):
			f.URLPasswords = append(f.URLPasswords, NamedField{Field: field, Name: "a URL"})
		}
	}
}

// isFlagWithoutValue reports whether the argument is a flag without `=`: `--name`, whose value may be the next argument.
func isFlagWithoutValue(argument string) bool {
	return strings.HasPrefix(argument, "-") && !strings.Contains(argument, "=")
}

// addLiteral adds a literal value by its name, unless the value cannot be a credential.
func (f *Workload) addLiteral(field, name, value string) {
	switch {
	case hasURLPassword(value):
		f.URLPasswords = append(f.URLPasswords, NamedField{Field: field, Name: name})
	case !isNoCredential(value):
		f.LiteralVariables = append(f.LiteralVariables, NamedField{Field: field, Name: name})
	}
}

// hasURLPassword reports whether the text has a URL with a password. A password that refers to a variable is none.
func hasURLPassword(text string) bool {
	return slices.ContainsFunc(urlPassword.FindAllStringSubmatch(text, -1), func(match []string) bool { return !isReference(match[1]) })
}

// isNoCredential reports whether the value is empty, refers to a variable, is a switch, or is a word by which people say that there is no
// credential, as clients of local models require (vLLM: EMPTY).
func isNoCredential(value string) bool {
	return isReference(value) || slices.Contains([]string{
		"", "empty", "none", "null", "nil", "dummy", "no-key", "not-needed", "true", "false", "yes", "no", "on", "off",
	}, strings.ToLower(value))
}

// isReference reports whether the value refers to another variable, for Kubernetes `$(NAME)` or for a shell `$NAME` or `${NAME}`.
func isReference(value string) bool { return strings.HasPrefix(value, "$") }
