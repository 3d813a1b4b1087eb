// SPDX-License-Identifier: BSD-3-Clause
// Completion for shells, made from the tables of options, commands and settings.
// Neighbours: documents/documents.c (--document completion-bash-midwatch and the like); config/meson.build installs.
#ifndef COMPLETION_H
#define COMPLETION_H

/** Each prints a script to standard output. @return 0. */
int completion_bash(void);
int completion_bash_ctl(void);
int completion_zsh(void);
int completion_zsh_ctl(void);

#endif
