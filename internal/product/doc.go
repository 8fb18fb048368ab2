// Package product holds what is known of chatbots and model servers that people run: how their containers are recognized, and which
// environment variables say where they call models. The knowledge is data, in products.yaml and models.yaml, each entry with its source and
// how sure it is. Injection, the facts for rules, and the command assess read the same data. The package reads no file of a user.
package product
