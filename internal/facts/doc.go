// Package facts turns Kubernetes objects into what rules read: the input of each decision, and measures of the texts in it. It is pure
// and decides nothing.
package facts
