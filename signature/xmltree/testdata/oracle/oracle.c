/* Canonical forms by libxml2, for the differential test of this package.
 * Input: for each document a line "<octets> <algorithm> <apex>", then the
 * octets; algorithm 0 = C14N, 1 = with comments, 2 = exclusive, 3 = exclusive
 * with comments, 4 = exclusive with the prefix list "p q #default"; apex is
 * the Id of the element that is the apex, "-" = the whole document.
 * Output: a line with the number of octets (-1 = refused), then the octets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

static xmlNodePtr find(xmlNodePtr n, const char *id) {
  for (; n; n = n->next) {
    if (n->type != XML_ELEMENT_NODE) continue;
    xmlChar *have = xmlGetNoNsProp(n, BAD_CAST "Id");
    int same = have && !strcmp((char *)have, id);
    xmlFree(have);
    if (same) return n;
    xmlNodePtr below = find(n->children, id);
    if (below) return below;
  }
  return NULL;
}

/* visible: everything below the apex; attributes and namespaces follow their
 * element, which libxml2 hands over as parent. */
static int visible(void *apex, xmlNodePtr node, xmlNodePtr parent) {
  if (!apex) return 1;
  if (node->type == XML_NAMESPACE_DECL || node->type == XML_ATTRIBUTE_NODE) node = parent;
  for (; node; node = node->parent)
    if (node == apex) return 1;
  return 0;
}

static void answer(const char *octets, int size, int algorithm, const char *apex_id) {
  xmlDocPtr doc = xmlReadMemory(octets, size, "d.xml", NULL, XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET);
  xmlNodePtr apex = NULL;
  xmlBufferPtr text = xmlBufferCreate();
  xmlOutputBufferPtr out = xmlOutputBufferCreateBuffer(text, NULL);
  xmlChar *list[] = {BAD_CAST "p", BAD_CAST "q", BAD_CAST "#default", NULL};
  int written = -1;
  if (doc) {
    if (strcmp(apex_id, "-")) apex = find(xmlDocGetRootElement(doc), apex_id);
    written = xmlC14NExecute(doc, visible, apex, algorithm >= 2 ? XML_C14N_EXCLUSIVE_1_0 : XML_C14N_1_0,
                             algorithm == 4 ? list : NULL, algorithm == 1 || algorithm == 3, out);
  }
  xmlOutputBufferClose(out);
  if (written < 0) {
    printf("-1\n");
  } else {
    printf("%d\n", xmlBufferLength(text));
    fwrite(xmlBufferContent(text), 1, xmlBufferLength(text), stdout);
  }
  xmlBufferFree(text);
  if (doc) xmlFreeDoc(doc);
}

int main(void) {
  char id[64];
  int size, algorithm;
  while (scanf("%d %d %63s", &size, &algorithm, id) == 3) {
    char *octets = malloc(size + 1);
    getchar();
    if (!octets || fread(octets, 1, size, stdin) != (size_t)size) return 1;
    answer(octets, size, algorithm, id);
    free(octets);
  }
  return 0;
}
