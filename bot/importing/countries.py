"""Countries as files write them. Data: the ISO code, then the names (small letters) by which exports and people call it.

The phone library's own list of names would take 100 MB of memory.
"""

from __future__ import annotations

_TABLE = """
AD andorra|AE united arab emirates,uae,emirates|AF afghanistan|AG antigua and barbuda,antigua & barbuda|AI anguilla
AL albania|AM armenia|AO angola|AR argentina|AS american samoa|AT austria,österreich|AU australia|AW aruba
AX åland islands,aland islands|AZ azerbaijan|BA bosnia and herzegovina,bosnia & herzegovina,bosnia|BB barbados
BD bangladesh|BE belgium,belgique,belgië|BF burkina faso|BG bulgaria|BH bahrain|BI burundi|BJ benin
BL saint barthélemy,st. barthélemy|BM bermuda|BN brunei,brunei darussalam|BO bolivia|BQ caribbean netherlands
BR brazil,brasil|BS bahamas,the bahamas|BT bhutan|BW botswana|BY belarus|BZ belize|CA canada,canadá
CC cocos (keeling) islands|CD congo - kinshasa,democratic republic of the congo|CF central african republic
CG congo - brazzaville,congo,republic of the congo|CH switzerland,schweiz,suisse|CI côte d'ivoire,côte d’ivoire,ivory coast
CK cook islands|CL chile|CM cameroon|CN china|CO colombia|CR costa rica|CU cuba|CV cape verde,cabo verde|CW curaçao,curacao
CX christmas island|CY cyprus|CZ czechia,czech republic|DE germany,deutschland,alemania,allemagne|DJ djibouti
DK denmark,danmark|DM dominica|DO dominican republic,república dominicana,republica dominicana|DZ algeria|EC ecuador
EE estonia|EG egypt|EH western sahara|ER eritrea|ES spain,españa,espana|ET ethiopia|FI finland,suomi|FJ fiji
FK falkland islands|FM micronesia|FO faroe islands|FR france,francia|GA gabon
GB united kingdom,united kingdom (uk),uk,u.k.,great britain,england,scotland,wales,northern ireland,reino unido|GD grenada
GE georgia|GF french guiana|GG guernsey|GH ghana|GI gibraltar|GL greenland|GM gambia|GN guinea|GP guadeloupe
GQ equatorial guinea|GR greece|GT guatemala|GU guam|GW guinea-bissau|GY guyana|HK hong kong,hong kong sar|HN honduras
HR croatia|HT haiti|HU hungary|ID indonesia|IE ireland|IL israel|IM isle of man|IN india|IQ iraq|IR iran|IS iceland
IT italy,italia|JE jersey|JM jamaica|JO jordan|JP japan,japón|KE kenya|KG kyrgyzstan|KH cambodia|KI kiribati|KM comoros
KN saint kitts and nevis,st. kitts & nevis|KP north korea|KR south korea,korea,republic of korea|KW kuwait
KY cayman islands|KZ kazakhstan|LA laos|LB lebanon|LC saint lucia,st. lucia|LI liechtenstein|LK sri lanka|LR liberia
LS lesotho|LT lithuania|LU luxembourg|LV latvia|LY libya|MA morocco|MC monaco|MD moldova|ME montenegro
MF saint martin,st. martin|MG madagascar|MH marshall islands|MK north macedonia,macedonia|ML mali|MM myanmar,burma
MN mongolia|MO macao,macau|MP northern mariana islands|MQ martinique|MR mauritania|MS montserrat|MT malta|MU mauritius
MV maldives|MW malawi|MX mexico,méxico|MY malaysia|MZ mozambique|NA namibia|NC new caledonia|NE niger|NF norfolk island
NG nigeria|NI nicaragua|NL netherlands,the netherlands,holland,nederland|NO norway,norge|NP nepal|NR nauru|NU niue
NZ new zealand|OM oman|PA panama,panamá|PE peru,perú|PF french polynesia|PG papua new guinea|PH philippines|PK pakistan
PL poland,polska|PM saint pierre and miquelon|PR puerto rico|PS palestine,palestinian territories|PT portugal|PW palau
PY paraguay|QA qatar|RE réunion,reunion|RO romania|RS serbia|RU russia,russian federation|RW rwanda|SA saudi arabia
SB solomon islands|SC seychelles|SD sudan|SE sweden,sverige|SG singapore|SH saint helena|SI slovenia
SJ svalbard and jan mayen|SK slovakia|SL sierra leone|SM san marino|SN senegal|SO somalia|SR suriname|SS south sudan
ST são tomé and príncipe,sao tome and principe|SV el salvador|SX sint maarten|SY syria|SZ eswatini,swaziland
TC turks and caicos islands|TD chad|TG togo|TH thailand|TJ tajikistan|TK tokelau|TL timor-leste,east timor
TM turkmenistan|TN tunisia|TO tonga|TR turkey,türkiye,turkiye|TT trinidad and tobago,trinidad & tobago|TV tuvalu|TW taiwan
TZ tanzania|UA ukraine|UG uganda
US united states,united states of america,united states (us),usa,u.s.,u.s.a.,america,estados unidos,ee. uu.|UY uruguay
UZ uzbekistan|VA vatican city|VC saint vincent and the grenadines,st. vincent & grenadines|VE venezuela
VG british virgin islands|VI u.s. virgin islands,us virgin islands|VN vietnam,viet nam|VU vanuatu|WF wallis and futuna
WS samoa|XK kosovo|YE yemen|YT mayotte|ZA south africa|ZM zambia|ZW zimbabwe
"""

_ENTRIES = [entry.strip().partition(" ") for entry in _TABLE.replace("\n", "|").split("|") if entry.strip()]
CODES = frozenset(code for code, _, _ in _ENTRIES)
BY_NAME = {name: code for code, _, names in _ENTRIES for name in names.split(",")}
