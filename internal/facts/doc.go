// Package facts builds the input of each decision from Kubernetes objects: the fields that rules read, and measures of texts. Its
// functions are pure. They make no decisions.
package facts
