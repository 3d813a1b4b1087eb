// SPDX-License-Identifier: BSD-3-Clause
// Scripts for bash and zsh: words by what stands before the cursor.
// Neighbours: documents/completion.h.
#include "documents/completion.h"

#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "modules.h"
#include "options.h"

static void print_settings(const char *separator)
{
	const struct mw_settings_module *modules[MODULES_MAX];
	uint32_t count = modules_all(modules);

	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t j = 0; j < modules[i]->settings_count; j++)
			printf("%s%s.%s", i + j == 0 ? "" : separator, modules[i]->name, modules[i]->settings[j].name);
	}
}

// A line each: commands that the server answers, and those of midwatchctl itself.
static void print_commands(void)
{
	uint32_t count;
	const struct mw_command *commands = commands_all(&count);

	puts("help\ntop");
	for (uint32_t i = 0; i < count; i++)
		puts(commands[i].words);
}

int completion_bash(void)
{
	printf("# bash completion for midwatch(1), made by midwatch --document completion-bash-midwatch\n"
		   "_midwatch()\n{\n\tlocal current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
		   "\tCOMPREPLY=()\n\tcase $before in\n"
		   "\t-i | --interface)\n\t\tmapfile -t COMPREPLY < <(compgen -W \"$(ls /sys/class/net)\" -- \"$current\")\n"
		   "\t\treturn\n\t\t;;\n\t--set)\n\t\tmapfile -t COMPREPLY < <(compgen -S = -W '");
	print_settings(" ");
	printf(
		"' -- \"$current\")\n\t\tcompopt -o nospace\n\t\treturn\n\t\t;;\n"
		"\t--progress)\n\t\tmapfile -t COMPREPLY < <(compgen -W 'auto json off' -- \"$current\")\n\t\treturn\n\t\t;;\n"
		"\t--color)\n\t\tmapfile -t COMPREPLY < <(compgen -W 'auto always never' -- \"$current\")\n\t\treturn\n\t\t;;\n"
		"\tesac\n\tif [[ $current == -* ]]; then\n\t\tmapfile -t COMPREPLY < <(compgen -W '");
	options_print_words();
	puts("' -- \"$current\")\n\telse\n\t\tcompopt -o filenames\n"
		 "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n\tfi\n}\ncomplete -F _midwatch midwatch");
	return 0;
}

int completion_bash_ctl(void)
{
	printf("# bash completion for midwatchctl(1), made by midwatch --document completion-bash-midwatchctl\n"
		   "_midwatchctl()\n{\n\tlocal current=${COMP_WORDS[COMP_CWORD]} said=\"${COMP_WORDS[*]:1:COMP_CWORD-1}\"\n"
		   "\tlocal commands words\n\tCOMPREPLY=()\n\tcommands=\"");
	print_commands();
	printf("\"\n\tif [[ $said == set ]]; then\n\t\twords='");
	print_settings(" ");
	puts("'\n\telif [[ $current == -* ]]; then\n"
		 "\t\twords='--socket --json --file -e --once --timeout --version --help'\n\telse\n"
		 "\t\twords=$(sed -n \"s/^${said:+$said }\\([^ ]*\\).*/\\1/p\" <<<\"$commands\" | sort -u)\n\tfi\n"
		 "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n}\ncomplete -F _midwatchctl midwatchctl");
	return 0;
}

int completion_zsh(void)
{
	printf("#compdef midwatch\n# made by midwatch --document completion-zsh-midwatch\n"
		   "local -a options settings\noptions=(");
	options_print_words();
	printf(")\nsettings=(");
	print_settings(" ");
	puts(")\ncase $words[CURRENT-1] in\n-i | --interface) compadd -- /sys/class/net/*(:t) ;;\n"
		 "--set) compadd -S = -- $settings ;;\n--progress) compadd auto json off ;;\n"
		 "--color) compadd auto always never ;;\n*)\n\tif [[ $PREFIX == -* ]]; then\n\t\tcompadd -- $options\n"
		 "\telse\n\t\t_files\n\tfi\n\t;;\nesac");
	return 0;
}

int completion_zsh_ctl(void)
{
	printf("#compdef midwatchctl\n# made by midwatch --document completion-zsh-midwatchctl\n"
		   "local -a commands settings\ncommands=(\"${(@f)$(cat <<'END'\n");
	print_commands();
	printf("END\n)}\")\nsettings=(");
	print_settings(" ");
	puts(")\nlocal said=\"${(j: :)words[2,CURRENT-1]}\"\nif [[ $said == set ]]; then\n\tcompadd -- $settings\n"
		 "else\n\tlocal -a next\n\tnext=(${(M)commands:#${said:+$said }*})\n\tnext=(${next#${said:+$said }})\n"
		 "\tcompadd -- ${next%% *}\nfi");
	return 0;
}
